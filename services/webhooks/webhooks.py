"""The process that tells back-office systems of outcomes; may be killed at any instant, and may run twice."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import asyncpg
import httpx
import structlog

from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.outgoing.client import outgoing_client
from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.event_store import EventStore
from services.store.pools import OUTAGES, open_pool, prepare
from services.store.subscriptions import FencedOffError
from services.store.webhook_reading import WebhookLog
from services.store.webhook_sending import WebhookOutbox
from services.store.webhooks import WebhookStore
from services.webhooks.reader import WebhookReader
from services.webhooks.sender import WebhookSender

BATCH = 1000
IDLE_SECONDS = 0.2
STANDBY_SECONDS = 0.5
CLOSE_SECONDS = 2.0
RESOLVERS = 64
MOST_CONNECTIONS = 1000  # each receiver has four; a shared limit would let slow ones hold up the others
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError, FencedOffError)  # also a schema that is not migrated yet
_log = structlog.stdlib.get_logger(__name__)


def wall_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


class Webhooks:
    """Reads and sends until it is told to stop; outlives restarts of the database."""

    def __init__(
        self,
        dsn: str,
        pool: asyncpg.Pool,
        client: httpx.AsyncClient,
        *,
        now: Callable[[], datetime] = wall_clock,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self._dsn = dsn
        self._pool = pool
        self._client = client
        self._now = now
        self._on_ready = on_ready
        self._perseverance = Perseverance("webhooks", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; what is on the way then goes again later."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await prepare(connection)
            log = WebhookLog(connection)
            while not stopping.is_set() and not await log.begin():
                self._announce()
                await pause_unless(stopping, STANDBY_SECONDS)
            await self._work(WebhookReader(log, WebhookStore(connection), RulebookSource(self._pool)), stopping)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    async def _work(self, reader: WebhookReader, stopping: asyncio.Event) -> None:
        handler = CommandHandler(EventStore(self._pool), RulebookSource(self._pool))
        sender = WebhookSender(WebhookOutbox(self._pool), self._client, handler, now=self._now)
        try:
            await sender.begin()
            while not stopping.is_set():
                read = await reader.step(self._now(), BATCH)
                started = await sender.start_due()
                self._perseverance.went_well()
                self._announce()
                if not read and not started:
                    await sender.rest(IDLE_SECONDS)
        finally:
            await sender.stop()

    def _announce(self) -> None:
        if self._on_ready:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    # Names are looked up in threads: receivers whose names nobody answers for must not use them all up.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve"))
    dsn = settings.dsn(Role.APP)
    pool = await open_pool(dsn)
    try:
        async with outgoing_client(settings, most_connections=MOST_CONNECTIONS) as client:
            await Webhooks(dsn, pool, client, on_ready=lambda: announce_ready(settings)).run(stopping)
    finally:
        await pool.close()
