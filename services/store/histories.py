"""Reads whole histories of streams that facts or score lines are folded from, as far as a reader has come."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import TypeAdapter

from domain.accountability.events import CASE_EVENTS
from domain.item.events import ITEM_EVENTS
from domain.obligation.events import OBLIGATION_EVENTS
from domain.score.lines import Source
from domain.supervision.events import ACT_EVENTS

_EVENTS: Mapping[Source, TypeAdapter[Any]] = {
    "item": ITEM_EVENTS,
    "obligation": OBLIGATION_EVENTS,
    "act": ACT_EVENTS,
    "case": CASE_EVENTS,
}
_KINDS = list(_EVENTS)
_PAGE = """
    SELECT l.pos, e.stream_id, e.version, e.kind, e.type
      FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id, version, kind, type FROM es.event
                          WHERE seq = l.seq AND kind = ANY ($3)) e
     WHERE l.pos > $1 AND l.pos <= $2 ORDER BY l.pos"""
_HISTORIES = """
    SELECT e.stream_id, e.kind, e.data FROM unnest($1::uuid[], $2::bigint[]) AS w (stream_id, version)
     CROSS JOIN LATERAL (SELECT stream_id, version, kind, data FROM es.event
                          WHERE stream_id = w.stream_id AND version <= w.version) e
     ORDER BY e.stream_id, e.version"""
_ALL_HISTORIES = """
    SELECT e.stream_id, e.version, e.kind, e.data FROM es.event e
     WHERE (e.stream_id, e.version) > ($1, $2) AND e.kind = ANY ($4)
       AND EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq AND l.pos <= $3)
     ORDER BY e.stream_id, e.version LIMIT 5000"""


@dataclass(frozen=True, slots=True)
class History:
    """The events of one stream from the first on."""

    stream_id: UUID
    kind: Source
    events: list[Any]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What a position of the log says, without the event's content."""

    stream_id: UUID
    version: int
    kind: Source
    type: str


async def entries(connection: asyncpg.Connection, after: int, upto: int) -> list[LogEntry]:
    """The events of those kinds at positions beyond one, up to another, in order."""
    rows = await connection.fetch(_PAGE, after, upto, _KINDS)
    return [LogEntry(row["stream_id"], row["version"], row["kind"], row["type"]) for row in rows]


async def histories(
    connection: asyncpg.Connection | PoolConnectionProxy, versions: Mapping[UUID, int]
) -> list[History]:
    """The histories of streams, each up to a version."""
    return list(_of(await connection.fetch(_HISTORIES, list(versions), list(versions.values()))))


async def every_history(connection: asyncpg.Connection, position: int) -> AsyncIterator[History]:
    """The histories of all streams of those kinds, as far as the log goes up to a position."""
    stream, version = UUID(int=0), 0
    pending: list[asyncpg.Record] = []
    while page := await connection.fetch(_ALL_HISTORIES, stream, version, position, _KINDS):
        stream, version = page[-1]["stream_id"], page[-1]["version"]
        # The last stream of a page may go on in the next one.
        whole = [*pending, *(row for row in page if row["stream_id"] != stream)]
        pending = [row for row in page if row["stream_id"] == stream]
        if whole and pending and whole[-1]["stream_id"] == stream:
            whole, pending = [], [*whole, *pending]
        for history in _of(whole):
            yield history
    for history in _of(pending):
        yield history


def _of(rows: Sequence[asyncpg.Record]) -> Iterator[History]:
    found: dict[UUID, History] = {}
    for row in rows:
        history = found.setdefault(row["stream_id"], History(row["stream_id"], row["kind"], []))
        history.events.append(_EVENTS[history.kind].validate_json(row["data"]))
    yield from found.values()
