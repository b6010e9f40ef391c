"""Asks the database how it is: its roles, what waits to be sequenced or relayed, what is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_ROLES = ("duban_owner", "duban_app", "duban_sequencer", "duban_auditor")
_SPARE = """
    SELECT max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''?(\\d+)''?\\)'))[1]::bigint)
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'es.event'::regclass"""
# Recent events only: looking through all of ten million for one without a place would take minutes.
_UNSEQUENCED = """
    SELECT count(*) FROM (SELECT seq, recorded_at FROM es.event ORDER BY seq DESC LIMIT 10000) e
     WHERE recorded_at < clock_timestamp() - $1::interval AND NOT EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq)"""
_LOG_SIZE = "SELECT coalesce(max(pos) + 1, 0) FROM es.log"
_BEHIND = """
    SELECT s.name, s.pos, (SELECT sequenced_at FROM es.log WHERE pos = s.pos + 1) AS waiting_since
      FROM es.subscription s ORDER BY s.name"""
_OVERDUE = """
    SELECT stream_id, state FROM es.current_state
     WHERE kind = 'item' AND next_due_at < $1 ORDER BY next_due_at LIMIT $2"""
_KINDS = "SELECT kind, count(*) AS streams FROM es.current_state GROUP BY kind"


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscription: its position, and since when the next entry has been waiting for it."""

    name: str
    position: int
    waiting_since: datetime | None


class HealthQueries:
    """Questions that every role may ask."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def missing_roles(self) -> list[str]:
        """Roles of ours that the cluster does not have."""
        rows = await self._connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", list(_ROLES))
        return sorted(set(_ROLES) - {row["rolname"] for row in rows})

    async def spare_numbers(self) -> int:
        """How many more events fit into the partitions that exist."""
        newest: int = await self._connection.fetchval("SELECT coalesce(max(seq), 0) FROM es.event")
        return (await self._connection.fetchval(_SPARE) or 0) - newest

    async def unsequenced(self, older_than: timedelta) -> int:
        """Recent events that have waited longer than that for their place in the log."""
        return await self._connection.fetchval(_UNSEQUENCED, older_than)

    async def log_size(self) -> int:
        """How many events the log has."""
        return await self._connection.fetchval(_LOG_SIZE)

    async def readers(self) -> list[Reader]:
        """Who reads the log and how far they are."""
        rows = await self._connection.fetch(_BEHIND)
        return [Reader(row["name"], row["pos"], row["waiting_since"]) for row in rows]

    async def overdue_items(self, before: datetime, limit: int) -> list[tuple[UUID, bytes]]:
        """States of items for which something should have followed before an instant."""
        return [(row["stream_id"], row["state"]) for row in await self._connection.fetch(_OVERDUE, before, limit)]

    async def streams_by_kind(self) -> dict[str, int]:
        """How many aggregates of each kind there are."""
        return {row["kind"]: row["streams"] for row in await self._connection.fetch(_KINDS)}
