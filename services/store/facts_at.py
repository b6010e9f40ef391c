"""Facts as a position of the log gives them: those in the tables, but for items of whom more was written down later.

What happens after a moment changes no fact as of that moment (decision 0013). So of all items only those are folded
again of whom something was written down after the position that had happened by the moment.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from domain.indicator.folding import facts_of
from services.store.event_reading import EVENT_COLUMNS, event_of
from services.store.facts import TABLES, rows_of
from services.store.histories import histories
from services.store.indicator_queries import IndicatorQueries, Instead
from services.store.records import StoredEvent

MOST_ITEMS = 20_000
_PATIENCE = "SET LOCAL statement_timeout = 15000; SET LOCAL jit = off"
_SIZE = "SELECT coalesce(max(pos) + 1, 0) FROM es.log"
# Whichever is shorter: what was written down since the position, or what had happened by the moment.
_SINCE_THE_POSITION = """
    SELECT l.pos, e.stream_id FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id FROM es.event WHERE seq = l.seq AND kind = 'item' AND occurred_at <= $2) e
     WHERE l.pos > $1 ORDER BY l.pos"""
_BY_THE_MOMENT = """
    SELECT l.pos, e.stream_id FROM es.event e
     CROSS JOIN LATERAL (SELECT pos FROM es.log WHERE seq = e.seq AND pos > $1) l
     WHERE e.kind = 'item' AND e.occurred_at <= $2 ORDER BY l.pos"""
_VERSIONS = """
    SELECT wanted.stream_id, (SELECT max(e.version) FROM es.event e
                               WHERE e.stream_id = wanted.stream_id
                                 AND EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq AND l.pos <= $2)) AS version
      FROM unnest($1::uuid[]) AS wanted (stream_id)"""
_AT = f"""
    SELECT l.pos, e.* FROM es.log l CROSS JOIN LATERAL (SELECT {EVENT_COLUMNS} FROM es.event WHERE seq = l.seq) e
     WHERE l.pos = ANY ($1) ORDER BY l.pos"""  # noqa: S608
_OF_KINDS = f"""
    SELECT l.pos, e.* FROM (SELECT {EVENT_COLUMNS} FROM es.event WHERE kind = ANY ($1)) e
     CROSS JOIN LATERAL (SELECT pos FROM es.log WHERE seq = e.seq AND pos <= $2) l
     ORDER BY e.kind, e.stream_id, e.version"""  # noqa: S608


class TooMuchToldLaterError(RuntimeError):
    """More was written down since than can be folded again at once."""


@dataclass(frozen=True, slots=True)
class ToldLater:
    """What had happened by a moment and was written down after a position, of whom, and where in the log."""

    items: frozenset[UUID]
    positions: Sequence[int]


@asynccontextmanager
async def facts_at(
    pool: asyncpg.Pool, position: int, as_of: datetime
) -> AsyncGenerator[tuple[IndicatorQueries, IndicatorQueries, ToldLater]]:
    """Queries of one moment: on the facts as of a position, on those of today, and how they differ.

    Good for questions as of that moment alone. Raises TooMuchToldLaterError.
    """
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            await connection.execute(_PATIENCE)
            later = await _told_later(connection, position, as_of)
            await connection.execute("SET LOCAL statement_timeout = 0")
        except asyncpg.QueryCanceledError:
            raise TooMuchToldLaterError from None
        now = IndicatorQueries(connection)
        then = IndicatorQueries(connection, await _instead(connection, later.items, position)) if later.items else now
        yield then, now, later


async def events_at(pool: asyncpg.Pool, positions: Sequence[int]) -> list[StoredEvent]:
    """The events at positions of the log, in order."""
    return [event_of(row, row["pos"]) for row in await pool.fetch(_AT, list(positions))]


async def events_of_kinds(pool: asyncpg.Pool, kinds: Sequence[str], position: int) -> list[StoredEvent]:
    """All events of kinds that are written rarely, up to a position, stream by stream."""
    return [event_of(row, row["pos"]) for row in await pool.fetch(_OF_KINDS, list(kinds), position)]


async def _told_later(connection: PoolConnectionProxy, position: int, as_of: datetime) -> ToldLater:
    size: int = await connection.fetchval(_SIZE)
    query = _SINCE_THE_POSITION if size - position <= position else _BY_THE_MOMENT
    rows = await connection.fetch(query, position, as_of)
    items = frozenset(row["stream_id"] for row in rows)
    if len(items) > MOST_ITEMS:
        raise TooMuchToldLaterError
    return ToldLater(items, [row["pos"] for row in rows])


async def _instead(connection: PoolConnectionProxy, items: frozenset[UUID], position: int) -> Instead:
    versions = {row["stream_id"]: row["version"] for row in await connection.fetch(_VERSIONS, list(items), position)}
    known = {item: version for item, version in versions.items() if version is not None}
    facts = [facts_of(history.events) for history in await histories(connection, known)]
    return Instead(list(items), {table: _json(TABLES[table], rows) for table, rows in rows_of(facts).items()})


def _json(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
    lines = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    return orjson.dumps(lines).decode()


def _plain(value: Any) -> Any:
    """Ranges as PostgreSQL reads a multirange, anything else as it is."""
    if not isinstance(value, list):
        return value
    ranges = cast(list[asyncpg.Range[datetime]], value)
    return "{" + ",".join(f"[{_end(each.lower)},{_end(each.upper)})" for each in ranges) + "}"


def _end(instant: datetime | None) -> str:
    return "" if instant is None else f'"{instant.isoformat()}"'
