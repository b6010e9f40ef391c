"""Item numbers such as 2026-0000123: drawn in blocks, so that a report costs no extra round trip. Gaps mean nothing."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from services.store.event_store import EventStore

_BLOCK = 200


class ItemNumbers:
    """A stock of numbers, refilled from the database's sequence."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._stock: list[int] = []
        self._refilling = asyncio.Lock()

    async def draw(self, count: int, at: datetime, timezone: str) -> list[str]:
        """Numbers for items reported at an instant, under the calendar year of the city's time zone."""
        year = at.astimezone(ZoneInfo(timezone)).year
        async with self._refilling:
            if len(self._stock) < count:
                self._stock = self._stock + await self._store.next_item_numbers(max(_BLOCK, count))
            drawn, self._stock = self._stock[:count], self._stock[count:]
        return [f"{year}-{number:07d}" for number in drawn]
