"""Lists bulletins, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.records import StoredState

_PAGE = f"""
    SELECT {STATE_COLUMNS} FROM es.current_state
     WHERE kind = 'bulletin' AND ($1::text IS NULL OR campaign_id = $1) AND ($2::text IS NULL OR category = $2)
       AND ($3::timestamptz IS NULL OR (reported_at <= $3 AND (reported_at < $3 OR stream_id > $4)))
     ORDER BY reported_at DESC, stream_id LIMIT $5"""  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class BulletinPlace:
    """Where a page ended."""

    published_at: datetime
    bulletin_id: UUID


class BulletinQueries:
    """Reads the bulletins' current states, over a pool from `open_pool`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(
        self, campaign_id: str | None, kind: str | None, after: BulletinPlace | None, limit: int
    ) -> list[StoredState]:
        """The next bulletins after a place, of a campaign and kind or of any."""
        at, last = (after.published_at, after.bulletin_id) if after else (None, None)
        rows = await self._pool.fetch(_PAGE, campaign_id, kind, at, last, limit)
        return [state_of(row) for row in rows]
