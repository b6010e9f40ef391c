"""Holds what is kept beside events against them: the words that are searched, and the keys of commands."""

import re
from collections.abc import Sequence
from uuid import UUID

import orjson

from services.doctor.damage import Damage, Fault, Place
from services.store.integrity import LoggedRow
from services.store.integrity_beside import BesideQueries
from services.store.words import words_in

_COMMAND_KEY = re.compile(rb'"command_key":("(?:[^"\\]|\\.)*")')


async def check_beside(queries: BesideQueries, rows: Sequence[LoggedRow], upto: int, damage: Damage) -> None:
    """Compare; ``upto``: the position up to which words are searchable, read before the rows were."""
    there = [row for row in rows if not row.event_missing]
    kept = await queries.words([row.seq for row in there])
    for row in there:
        if (words := kept.get(row.seq)) is None and row.position > upto:
            continue  # not written there yet
        if (words or "") != words_in(row.data):
            damage.found(Fault.WORDS_DIFFER, _place(row, row.type))
    keys = {row.position: key for row in there if (key := _command_key(row.entry)) is not None}
    unknown = await queries.unknown_keys(sorted(set(keys.values())))
    for row in there:
        if keys.get(row.position) in unknown:
            damage.found(Fault.COMMAND_MISSING, _place(row, keys[row.position]))


def _command_key(entry: bytes) -> str | None:
    """The key in an entry; None where there is none to be read, which is told of with the entry."""
    found = _COMMAND_KEY.search(entry)
    try:
        return None if found is None else orjson.loads(found[1])
    except orjson.JSONDecodeError:
        return None


def _place(row: LoggedRow, detail: str) -> Place:
    return Place(row.position, UUID(row.stream_id), row.version, detail)
