"""Reads the log and what belongs to it as it lies there, so that every row can be held against what was signed."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_SIZES = """
    SELECT (SELECT size FROM es.sequencer) AS size, (SELECT coalesce(max(pos) + 1, 0) FROM es.log) AS log,
           (SELECT coalesce(max(size), 0) FROM es.checkpoint) AS signed"""
_ROWS = """
    SELECT l.pos, l.seq, l.leaf_hash, e.*
      FROM es.log l LEFT JOIN LATERAL (
        SELECT leaf_hash, stream_id::text, version, event_id::text, kind, type, schema_version, occurred_at,
               recorded_at, actor, campaign_id, unit, area, entry, data, salt
          FROM es.event WHERE seq = l.seq) e ON true
     WHERE l.pos >= $1 AND l.pos < $2 ORDER BY l.pos"""
# Sorting every event there is takes room; within the session of whoever checks, nobody else is short of it.
_ROOM = "SET work_mem = '128MB'"
_SINCE = "SELECT sequenced_at FROM es.log WHERE pos = $1"
_SURPLUS = "SELECT pos, seq FROM es.log WHERE pos >= $1 ORDER BY pos LIMIT $2"
# Waiting for a place is normal for a moment, but not for what says that it comes from the future.
_UNPLACED = """
    SELECT e.seq, e.stream_id, e.version, e.type FROM es.event e
     WHERE e.recorded_at NOT BETWEEN clock_timestamp() - $1::interval AND clock_timestamp() + $1::interval
       AND NOT EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq) ORDER BY e.seq LIMIT $2"""
_STREAMS = """
    SELECT coalesce(e.stream_id, s.stream_id, c.stream_id) AS stream_id, e.version AS events, s.version AS stream,
           c.version AS state, e.kind AS kind
      FROM (SELECT stream_id, max(version) AS version, max(kind) AS kind FROM es.event GROUP BY stream_id) e
      FULL JOIN es.stream s USING (stream_id) FULL JOIN es.current_state c USING (stream_id)
     WHERE e.version IS DISTINCT FROM s.version OR e.version IS DISTINCT FROM c.version
        OR e.kind IS DISTINCT FROM s.kind OR e.kind IS DISTINCT FROM c.kind LIMIT $1"""
_NODES = "SELECT index, hash FROM es.tree_node WHERE level = $1 AND index >= $2 ORDER BY index"
_CHECKPOINTS = "SELECT size, root, note FROM es.checkpoint ORDER BY size"
_COSIGNATURES = """
    SELECT s.size, s.witness, s.line, c.note FROM es.cosignature s LEFT JOIN es.checkpoint c USING (size)
     ORDER BY s.size, s.witness"""
_TIME_STAMPS = """
    SELECT s.size, s.answer, c.note FROM es.time_stamp s LEFT JOIN es.checkpoint c USING (size) ORDER BY s.size"""
_DOCUMENTS = "SELECT encode(sha256, 'hex') AS sha256, sha256(content) = sha256 AS intact FROM es.document"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many positions the sequencer has given, the log has, and the newest checkpoint was signed over."""

    sequencer: int
    log: int
    signed: int


class LoggedRow(NamedTuple):
    """A position of the log with what stands in the event's row; without one all from ``leaf_hash`` on is None."""

    position: int
    seq: int
    logged_hash: bytes
    leaf_hash: bytes
    stream_id: str
    version: int
    event_id: str
    kind: str
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    campaign_id: str | None
    unit: str | None
    area: str | None
    entry: bytes
    data: bytes
    salt: bytes

    @property
    def event_missing(self) -> bool:
        """Whether the log points to nothing."""
        return self.entry is None  # pyright: ignore[reportUnnecessaryComparison]


@dataclass(frozen=True, slots=True)
class StreamFault:
    """A stream whose events, counter and current state are not at one version; None where there is nothing."""

    stream_id: UUID
    events: int | None
    stream: int | None
    state: int | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event without a position in the log."""

    seq: int
    stream_id: UUID
    version: int
    type: str


class IntegrityQueries:
    """Everything that a check of the whole store reads; any role that may read events may ask."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def sizes(self) -> Sizes:
        """The log's size by three tellers."""
        row = await self._connection.fetchrow(_SIZES)
        if row is None:
            raise LookupError("a query without conditions gives a row")
        return Sizes(row["size"] or 0, row["log"], row["signed"])

    async def now(self) -> datetime:
        """The time by the database's clock."""
        return await self._connection.fetchval("SELECT clock_timestamp()")

    async def take_room(self) -> None:
        """Let queries over everything sort in memory, on this connection."""
        await self._connection.execute(_ROOM)

    async def rows(self, start: int, end: int) -> list[LoggedRow]:
        """Positions from start to end (exclusive) that exist, with their events."""
        return [LoggedRow._make(row) for row in await self._connection.fetch(_ROWS, start, end)]

    async def sequenced_at(self, position: int) -> datetime | None:
        """When a position was given; None where there is no such position."""
        return await self._connection.fetchval(_SINCE, position)

    async def surplus(self, size: int, limit: int) -> list[tuple[int, int]]:
        """Positions, with their seq, that the sequencer has not given."""
        return [(row["pos"], row["seq"]) for row in await self._connection.fetch(_SURPLUS, size, limit)]

    async def unplaced(self, older_than: timedelta, limit: int) -> list[Unplaced]:
        """Events that no position of the log points to."""
        return [Unplaced(**row) for row in await self._connection.fetch(_UNPLACED, older_than, limit)]

    async def stream_faults(self, limit: int) -> list[StreamFault]:
        """Streams that lost events at their end, or that have events nobody appended."""
        rows = await self._connection.fetch(_STREAMS, limit)
        return [StreamFault(row["stream_id"], row["events"], row["stream"], row["state"]) for row in rows]

    async def nodes(self, level: int, first: int = 0) -> AsyncGenerator[tuple[int, bytes]]:
        """The kept hashes of a tile level, by index."""
        async with self._connection.transaction(readonly=True):
            async for row in self._connection.cursor(_NODES, level, first, prefetch=5000):
                yield row["index"], row["hash"]

    async def checkpoints(self) -> list[tuple[int, bytes, str]]:
        """Size, root and note of every checkpoint that the database has."""
        return [tuple(row) for row in await self._connection.fetch(_CHECKPOINTS)]

    async def cosignatures(self) -> list[tuple[int, str, str, str | None]]:
        """Size, witness, line and the checkpoint's note of every cosignature."""
        return [tuple(row) for row in await self._connection.fetch(_COSIGNATURES)]

    async def time_stamps(self) -> list[tuple[int, bytes, str | None]]:
        """Size, answer and the checkpoint's note of every time stamp."""
        return [tuple(row) for row in await self._connection.fetch(_TIME_STAMPS)]

    async def documents(self) -> dict[str, bool]:
        """Every kept file by the SHA-256 it goes by, and whether its bytes are still those."""
        return {row["sha256"]: row["intact"] for row in await self._connection.fetch(_DOCUMENTS)}


def missing_positions(found: Iterable[int], start: int, end: int) -> list[tuple[int, int]]:
    """The gaps, each from a position to one (exclusive), among positions in rising order."""
    gaps: list[tuple[int, int]] = []
    expected = start
    for position in (*found, end):
        if position > expected:
            gaps.append((expected, position))
        expected = max(expected, position + 1)
    return gaps
