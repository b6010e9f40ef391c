"""Looks at the store for those who watch: when somebody asks, and at most every few seconds however many do."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg

from services.gateway.store_gauges import StoreGauges
from services.settings import Settings
from services.store.health_queries import HealthQueries
from services.store.notice_queries import NoticeQueries
from services.store.readiness_queries import UNREADY
from services.store.watch_queries import WatchQueries
from services.store.webhook_queries import WebhookQueries
from services.transparency.witnessing import witness_addresses

EVERY_SECONDS = 5.0
LATE_AFTER = timedelta(minutes=1)
_PATIENCE_SECONDS = 3.0


class StoreWatch:
    """Fills the gauges. ``now``: this machine's clock; ``every_seconds``: so long what was seen counts as fresh."""

    def __init__(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        gauges: StoreGauges,
        *,
        now: Callable[[], datetime],
        every_seconds: float = EVERY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._gauges = gauges
        self._now = now
        self._every_seconds = every_seconds
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._stale_at: float | None = None

    async def look(self) -> None:
        """See how the store is, unless that was seen a moment ago. A database that is away is seen too."""
        async with self._turn:
            if self._stale_at is not None and self._monotonic() < self._stale_at:
                return
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS), self._pool.acquire() as connection:
                    await self._look(connection)
            except UNREADY:  # a TimeoutError is an OSError
                self._gauges.database_away()
            self._stale_at = self._monotonic() + self._every_seconds

    async def _look(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        health, watch, gauges = HealthQueries(connection), WatchQueries(connection), self._gauges
        # What wakes somebody comes first, and the same clock is used for all of it.
        now = await watch.now()
        offset = (self._now() - now).total_seconds()
        entries = await health.log_size()
        gauges.log_seen(entries, await watch.unsequenced(), await watch.signed(), now)
        gauges.readers_seen(entries, await health.readers(), now)
        gauges.late_seen(await watch.late(now - LATE_AFTER), now)
        gauges.passed_over_seen(await watch.passed_over())
        gauges.webhooks_seen(await WebhookQueries(connection).counts(), now)
        gauges.messages_seen(*await NoticeQueries(connection).counts())
        for witness in witness_addresses(self._settings.witnesses):
            name = witness.verifier.name
            gauges.attested(name, await watch.witnessed(str(witness.verifier)), now)
        if (age := await watch.stamped()) is not None:
            gauges.stamped(age)
        gauges.database_seen(await watch.bytes(), await health.spare_numbers(), offset)
