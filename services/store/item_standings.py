"""Reads what item workflows are told: the items the log speaks of, how they stand, and which are not over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

_PAGE = """
    SELECT l.pos, e.stream_id, e.version, e.kind, e.type, e.actor, e.xid::text AS xid
      FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id, version, kind, type, actor, xid FROM es.event WHERE seq = l.seq) e
     WHERE l.pos > $1 AND l.pos <= $1 + $2 ORDER BY l.pos"""
_STANDINGS = """
    SELECT stream_id, version, number, title, status, unit, area, category, highest_rung, due_at, next_due_at, next_due
      FROM es.current_state WHERE kind = 'item' AND stream_id = ANY ($1)"""
_UNFINISHED = """
    SELECT stream_id FROM es.current_state
     WHERE kind = 'item' AND (open OR status = 'closed' OR (status = 'recurred' AND next_due IS NOT NULL))
     ORDER BY next_due_at"""


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
class ItemStanding:
    """How an item stands: the list columns that its workflow is told."""

    item_id: UUID
    version: int
    number: str
    title: str
    step: str
    unit: str | None
    area: str | None
    category: str | None
    rung: str | None
    due_at: datetime | None
    next_due_at: datetime | None
    next_due: str | None


class ItemStandings:
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

    async def of(self, item_ids: Sequence[UUID]) -> list[ItemStanding]:
        """How these items stand now; ids of other things are left out."""
        return [
            ItemStanding(
                item_id=row["stream_id"],
                version=row["version"],
                number=row["number"],
                title=row["title"],
                step=row["status"],
                unit=row["unit"],
                area=row["area"],
                category=row["category"],
                rung=row["highest_rung"],
                due_at=row["due_at"],
                next_due_at=row["next_due_at"],
                next_due=row["next_due"],
            )
            for row in await self._pool.fetch(_STANDINGS, list(item_ids))
        ]

    async def unfinished(self) -> list[UUID]:
        """The ids of all items that are not over, the most urgent first."""
        return [row["stream_id"] for row in await self._pool.fetch(_UNFINISHED)]
