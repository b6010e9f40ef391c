"""Counts what gates are assessed by beside facts about items: tasks and letters; and how far the facts are."""

from dataclasses import dataclass

import asyncpg

from services.store.projections import SUBSCRIPTION

_KEPT = """
    SELECT count(*) FILTER (WHERE status = 'fulfilled') AS kept, count(*) AS owed FROM es.current_state
     WHERE kind = 'obligation' AND campaign_id = $1 AND category = $2 AND status <> 'withdrawn'"""
_HEAD = "SELECT coalesce(max(pos), -1) FROM es.log"
_POSITION = "SELECT coalesce((SELECT pos FROM es.subscription WHERE name = $1), -1)"


@dataclass(frozen=True, slots=True)
class GateQueries:
    """Reads over a pool from `open_pool`."""

    pool: asyncpg.Pool

    async def kept(self, campaign_id: str, kind: str) -> tuple[int, int]:
        """How many obligations of a kind are fulfilled, of how many that were not withdrawn."""
        row = await self.pool.fetchrow(_KEPT, campaign_id, kind)
        return (row["kept"], row["owed"]) if row else (0, 0)

    async def log_head(self) -> int:
        """The last position of the log, -1 before the first."""
        return await self.pool.fetchval(_HEAD)

    async def facts_position(self) -> int:
        """The last position that the facts know of."""
        return await self.pool.fetchval(_POSITION, SUBSCRIPTION)
