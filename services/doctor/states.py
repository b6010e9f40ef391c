"""Folds every stream again and holds current states against it: what people see must follow from the events alone."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import cast
from uuid import UUID

import orjson

from services.doctor.damage import Damage, Fault, Place
from services.doctor.sharing import shared_out
from services.handling.folding import fold, normal
from services.store.records import ListRow, StoredEvent
from services.store.state_check import KeptState, StateQueries, state_queries

_SHARES = 16
_AT_ONCE = 500
_SMALL = 50_000  # events; less is done before other processes have started
_ALL = 1 << 128


async def examine_states(dsn: str, size: int) -> AsyncIterator[Damage]:
    """What is wrong with the states, a share of the streams at a time; ``size``: how many events there are, roughly."""
    if size <= _SMALL:
        yield await check_share(dsn, 0, _ALL - 1)
        return
    bounds = [number * _ALL // _SHARES for number in range(_SHARES + 1)]
    async for damage in shared_out(check_share, dsn, ((first, end - 1) for first, end in pairwise(bounds))):
        yield damage


async def check_share(dsn: str, first: int, last: int) -> Damage:
    """Check the streams whose ids, as numbers, go from one to another (inclusive)."""
    damage = Damage()
    async with state_queries(dsn) as queries:
        streams: list[list[StoredEvent]] = []
        async for events in queries.streams(UUID(int=first), UUID(int=last)):
            streams.append(events)
            if len(streams) == _AT_ONCE:
                await _compare(queries, streams, damage)
                streams = []
        await _compare(queries, streams, damage)
    return damage


async def _compare(queries: StateQueries, streams: Sequence[Sequence[StoredEvent]], damage: Damage) -> None:
    kept = await queries.states([events[0].stream_id for events in streams])
    for events in streams:
        last, state = events[-1], kept.get(events[0].stream_id)
        try:
            folded, row = fold(events)
        except Exception as unreadable:  # noqa: BLE001 - whatever altered events lead to is what is to be found
            damage.found(Fault.EVENTS_UNREADABLE, Place(None, last.stream_id, None, _first_words(unreadable)))
            continue
        # Where versions differ, it has moved on meanwhile, or the counters of streams tell of it.
        if state is None or state.version != last.version:
            continue
        if names := differing(state, last, folded, row):
            damage.found(Fault.STATE_DIFFERS, Place(None, last.stream_id, last.version, ", ".join(names)))


def differing(kept: KeptState, last: StoredEvent, folded: bytes, row: ListRow) -> list[str]:
    """The columns of a current-state row that are not what the events lead to."""
    names = [name for name, value in kept.columns.items() if not _equal(value, getattr(row, name))]
    if kept.updated_at != last.occurred_at:
        names.append("updated_at")
    if not _says(kept, folded):
        names.append("state")
    return sorted(names)


def _equal(kept: object, folded: object) -> bool:
    return kept == (list(cast(Sequence[object], folded)) if isinstance(kept, list) else folded)


def _says(kept: KeptState, folded: bytes) -> bool:
    """Whether a state says what was folded; written by an older program it may lack fields that were added since."""
    wanted = orjson.loads(folded)
    if orjson.loads(kept.state) == wanted:
        return True
    read = normal(kept.kind, kept.state)
    return read is not None and orjson.loads(read) == wanted


def _first_words(unreadable: Exception) -> str:
    return f"{type(unreadable).__name__}: {unreadable}"[:200]
