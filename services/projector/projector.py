"""Reads the log and keeps facts and score lines; killed at any instant it goes on, and of two of it one stands by."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.pools import OUTAGES, prepare
from services.store.projections import FactProjection
from services.store.subscriptions import FencedOffError

BATCH = 2000
IDLE_SECONDS = 0.1
STANDBY_SECONDS = 0.5
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError, FencedOffError)  # also a schema that is not migrated yet

_log = structlog.stdlib.get_logger(__name__)


class Projector:
    """Projects one database until it is told to stop; outlives restarts of the database."""

    def __init__(self, dsn: str, *, batch: int = BATCH, on_ready: Callable[[], None] | None = None) -> None:
        self._dsn = dsn
        self._batch = batch
        self._on_ready = on_ready
        self._perseverance = Perseverance("projector", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Project until told to stop, and then finish the batch under way."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await prepare(connection)
            await self._project(FactProjection(connection), stopping)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    async def _project(self, projection: FactProjection, stopping: asyncio.Event) -> None:
        while not stopping.is_set() and not await projection.begin():
            self._announce()
            await pause_unless(stopping, STANDBY_SECONDS)
        while not stopping.is_set():
            done = await projection.step(self._batch)
            self._perseverance.went_well()
            self._announce()
            if not done:
                await pause_unless(stopping, IDLE_SECONDS)

    def _announce(self) -> None:
        if self._on_ready:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    await Projector(settings.dsn(Role.APP), on_ready=lambda: announce_ready(settings)).run(stopping)
