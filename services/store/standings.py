"""Reads what workflows are told: what the log speaks of, how that stands, and what is not over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

# What has workflows. A closed item waits for its recheck, one that came back for the item that carries on.
WATCHED_KINDS = ("item", "campaign", "obligation", "act", "bulk", "case")
_PAGE = """
    SELECT l.pos, e.stream_id, e.version, e.kind, e.type, e.actor, e.xid::text AS xid
      FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id, version, kind, type, actor, xid FROM es.event WHERE seq = l.seq) e
     WHERE l.pos > $1 AND l.pos <= $1 + $2 ORDER BY l.pos"""
_STANDINGS = """
    SELECT kind, stream_id, version, number, title, status, unit, area, category, campaign_id, highest_rung, due_at,
           next_due_at, next_due
      FROM es.current_state WHERE kind = ANY ($1) AND stream_id = ANY ($2)"""
_UNFINISHED = """
    SELECT stream_id FROM es.current_state
     WHERE kind = ANY ($1)
       AND (open OR (kind = 'item' AND (status = 'closed' OR (status = 'recurred' AND next_due IS NOT NULL))))
     ORDER BY next_due_at"""
# By the newest event of each, and the database's clock: what is so young that Temporal's visibility may not show it,
# and what the relay has not come to, unless it has had long enough.
_UNDER_WAY = """
    SELECT c.stream_id FROM es.current_state c
      JOIN es.event e ON e.stream_id = c.stream_id AND e.version = c.version
      LEFT JOIN es.log l ON l.seq = e.seq
     WHERE c.stream_id = ANY ($1)
       AND (e.recorded_at > clock_timestamp() - $2::interval
            OR (e.recorded_at > clock_timestamp() - $3::interval
                AND coalesce(l.pos > (SELECT min(pos) FROM es.subscription WHERE name LIKE 'relay-%'), true)))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What the log says at a position, without the event's content. ``transaction`` is the same for one append."""

    position: int
    stream_id: UUID
    version: int
    kind: str
    type: str
    actor: str
    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """How something stands: the list columns that its workflow is told."""

    kind: str
    stream_id: UUID
    version: int
    number: str
    title: str
    step: str
    unit: str | None
    area: str | None
    category: str | None
    campaign: str | None
    rung: str | None
    due_at: datetime | None
    next_due_at: datetime | None
    next_due: str | None


class Standings:
    """The current-state rows and the log as those see them who keep workflows informed."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def entries_after(self, position: int, limit: int) -> list[LogEntry]:
        """Up to ``limit`` entries of the log after a position, of every kind, in order."""
        return [
            LogEntry(
                position=row["pos"],
                stream_id=row["stream_id"],
                version=row["version"],
                kind=row["kind"],
                type=row["type"],
                actor=row["actor"],
                transaction=row["xid"],
            )
            for row in await self._pool.fetch(_PAGE, position, limit)
        ]

    async def of(self, stream_ids: Sequence[UUID]) -> list[StandingRow]:
        """How these stand now; ids of what has no workflow are left out."""
        return [
            StandingRow(
                kind=row["kind"],
                stream_id=row["stream_id"],
                version=row["version"],
                number=row["number"] or str(row["stream_id"]),  # an act has none until it is issued
                title=row["title"],
                step=row["status"],
                unit=row["unit"],
                area=row["area"],
                category=row["category"],
                campaign=row["campaign_id"],
                rung=row["highest_rung"],
                due_at=row["due_at"],
                next_due_at=row["next_due_at"],
                next_due=row["next_due"],
            )
            for row in await self._pool.fetch(_STANDINGS, list(WATCHED_KINDS), list(stream_ids))
        ]

    async def under_way(self, stream_ids: Sequence[UUID], unseen: timedelta, unrelayed: timedelta) -> set[UUID]:
        """Those that changed within ``unseen``, or within ``unrelayed`` and the relay has not come to it."""
        rows = await self._pool.fetch(_UNDER_WAY, list(stream_ids), unseen, unrelayed)
        return {row["stream_id"] for row in rows}

    async def unfinished(self) -> list[UUID]:
        """The ids of everything that has a workflow and is not over, the most urgent first."""
        return [row["stream_id"] for row in await self._pool.fetch(_UNFINISHED, list(WATCHED_KINDS))]
