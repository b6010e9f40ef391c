"""Keeps beside events which trace they belong to, for whoever follows from them; evidence says nothing of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.records import Append

KEPT_FOR = timedelta(days=7)
_KEEP = """
    INSERT INTO es.trace_context (event_id, traceparent) SELECT * FROM unnest($1::uuid[], $2::text[])
    ON CONFLICT DO NOTHING"""
_BETWEEN = """
    SELECT e.stream_id, l.pos, t.traceparent
      FROM es.log l CROSS JOIN LATERAL (SELECT stream_id, event_id FROM es.event WHERE seq = l.seq) e
      JOIN es.trace_context t ON t.event_id = e.event_id
     WHERE l.pos >= $1 AND l.pos <= $2 ORDER BY l.pos"""
_OF = "SELECT event_id, traceparent FROM es.trace_context WHERE event_id = ANY ($1)"
_FORGET = "DELETE FROM es.trace_context WHERE kept_at < now() - $1::interval"


async def keep_traces(connection: asyncpg.Pool | PoolConnectionProxy, commands: Sequence[Append]) -> None:
    """Keep the traces of commands that are about to be appended; one that fails leaves a line nobody asks for."""
    traced = [(event.event_id, command.trace) for command in commands if command.trace for event in command.events]
    if traced:
        await connection.execute(_KEEP, [event_id for event_id, _ in traced], [trace for _, trace in traced])


class TraceContexts:
    """Which trace events belong to, over a pool; nothing where nobody traced."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def between(self, first: int, last: int) -> Mapping[UUID, str]:
        """By stream, the trace of its newest event between two positions of the log, both included."""
        return {row["stream_id"]: row["traceparent"] for row in await self._pool.fetch(_BETWEEN, first, last)}

    async def of(self, event_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """By event, its trace."""
        return {row["event_id"]: row["traceparent"] for row in await self._pool.fetch(_OF, list(event_ids))}

    async def forget(self, older_than: timedelta = KEPT_FOR) -> None:
        """Delete what is of no use any more."""
        await self._pool.execute(_FORGET, older_than)
