"""Reads the log and keeps facts, score lines and words; killed at any time it goes on, of two one stands by."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import asyncpg
import structlog

from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.pools import OUTAGES, prepare
from services.store.projections import FactProjection
from services.store.subscriptions import FencedOffError
from services.store.words import WordProjection

BATCH = 2000
IDLE_SECONDS = 0.1
STANDBY_SECONDS = 0.5
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError, FencedOffError)  # also a schema that is not migrated yet

_log = structlog.stdlib.get_logger(__name__)


class Projection(Protocol):
    """A read model that moves with its position in the log."""

    async def begin(self) -> bool:
        """Take its place over; False where another projector is at work."""
        ...

    async def step(self, most: int) -> int:
        """Deal with the next events and return how many there were."""
        ...


# Each by itself, so that none waits for another that has more to catch up.
PROJECTIONS: Mapping[str, Callable[[asyncpg.Connection], Projection]] = {
    "projector": FactProjection,
    "projector of words": WordProjection,
}


class Projector:
    """Projects one database until it is told to stop; outlives restarts of the database."""

    def __init__(self, dsn: str, *, batch: int = BATCH, on_ready: Callable[[], None] | None = None) -> None:
        self._dsn = dsn
        self._batch = batch
        self._on_ready = on_ready
        self._awaited = set(PROJECTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Project until told to stop, and then finish the batches under way."""
        async with asyncio.TaskGroup() as projecting:
            for name in PROJECTIONS:
                perseverance = Perseverance(name, _INTERRUPTIONS)
                session = partial(self._session, name, perseverance)
                projecting.create_task(perseverance.keep(session, stopping))

    async def _session(self, name: str, perseverance: Perseverance, stopping: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await prepare(connection)
            projection = PROJECTIONS[name](connection)
            while not stopping.is_set() and not await projection.begin():
                self._announce(name)
                await pause_unless(stopping, STANDBY_SECONDS)
            while not stopping.is_set():
                done = await projection.step(self._batch)
                perseverance.went_well()
                self._announce(name)
                if not done:
                    await pause_unless(stopping, IDLE_SECONDS)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    def _announce(self, name: str) -> None:
        """Ready, once each projection is at work or stands by."""
        self._awaited.discard(name)
        if self._on_ready and not self._awaited:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    await Projector(settings.dsn(Role.APP), on_ready=lambda: announce_ready(settings)).run(stopping)
