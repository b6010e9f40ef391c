"""The process `duban notifier`: may be killed at any instant, and may run twice: then one stands by."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import asyncpg
import httpx
import structlog

from services.notifier.notifier import Notifier, wall_clock
from services.outgoing.client import outgoing_client
from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.notice_planning import SUBSCRIPTION, NoticePlanning
from services.store.pools import OUTAGES, open_pool, prepare
from services.store.subscriptions import FencedOffError, send_back

IDLE_SECONDS = 0.2
STANDBY_SECONDS = 0.5
GRACE_SECONDS = 8.0
CLOSE_SECONDS = 2.0
_CONNECTIONS = 10
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError, FencedOffError)  # also a schema that is not migrated yet

_log = structlog.stdlib.get_logger(__name__)


class NotifierProcess:
    """Notifies until it is told to stop; outlives restarts of the database."""

    def __init__(
        self,
        settings: Settings,
        client: httpx.AsyncClient,
        *,
        now: Callable[[], datetime] = wall_clock,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._now = now
        self._on_ready = on_ready
        self._perseverance = Perseverance("notifier", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Notify until told to stop, and then let what is being sent end."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        dsn = self._settings.dsn(Role.APP)
        connection = await asyncpg.connect(dsn)
        try:
            await prepare(connection)
            pool = await open_pool(dsn, max_size=_CONNECTIONS)
            try:
                await self._notify(
                    Notifier(pool, NoticePlanning(connection), self._client, self._settings, self._now), stopping
                )
            finally:
                pool.terminate()  # at once: a close that waits for a dead server would wait for ever
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()

    async def _notify(self, notifier: Notifier, stopping: asyncio.Event) -> None:
        while not stopping.is_set() and not await notifier.begin():
            self._announce()
            await pause_unless(stopping, STANDBY_SECONDS)
        try:
            while not stopping.is_set():
                busy = await notifier.turn()
                self._perseverance.went_well()
                self._announce()
                if not busy:
                    await pause_unless(stopping, IDLE_SECONDS)
        finally:
            await notifier.stop(GRACE_SECONDS if stopping.is_set() else 0)

    def _announce(self) -> None:
        if self._on_ready:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def plan_again(settings: Settings, position: int) -> None:
    """Have the log read again from a position on: inboxes that were lost come back, and nobody is told twice.

    What is older than three days comes back to inboxes alone. What a platform has taken is not sent again.
    """
    await send_back(settings.dsn(Role.APP), SUBSCRIPTION, position)


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    async with outgoing_client(settings) as client:
        await NotifierProcess(settings, client, on_ready=lambda: announce_ready(settings)).run(stopping)
