"""Ticks the log forward: the one serial step of the system, safe to run twice and to kill at any instant.

Every tick is one transaction in PostgreSQL that either happened or did not, and only one sequencer at a time gets the
row lock, so there is nothing to clean up after a crash and nothing to hand over.
"""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.pools import OUTAGES

IDLE_SECONDS = 0.02
STANDBY_SECONDS = 0.2  # another sequencer is at work
PARTITION_CHECK_SECONDS = 10.0
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet
_RESTORED = "ES500"  # what es.sequence_tick raises when transaction ids come from another cluster

_log = structlog.stdlib.get_logger(__name__)


class Sequencer:
    """Sequences one database until it is told to stop; outlives restarts of the database."""

    def __init__(self, dsn: str, *, on_ready: Callable[[], None] | None = None) -> None:
        self._dsn = dsn
        self._on_ready = on_ready
        self._perseverance = Perseverance("sequencer", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Tick until told to stop, connecting again after every outage; the tick under way is finished."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await self._tick_on(connection, stopping)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    async def _tick_on(self, connection: asyncpg.Connection, stopping: asyncio.Event) -> None:
        clock = asyncio.get_running_loop()
        check_partitions_at = clock.time()
        while not stopping.is_set():
            if clock.time() >= check_partitions_at:
                if made := await connection.fetchval("SELECT es.ensure_partitions()"):
                    _log.info("partitions made", count=made)
                check_partitions_at = clock.time() + PARTITION_CHECK_SECONDS
            sequenced = await self._tick(connection)
            self._perseverance.went_well()
            if self._on_ready:
                self._on_ready()
                self._on_ready = None
            if not sequenced:
                await pause_unless(stopping, STANDBY_SECONDS if sequenced is None else IDLE_SECONDS)

    async def _tick(self, connection: asyncpg.Connection) -> int | None:
        try:
            return await connection.fetchval("SELECT es.sequence_tick()")
        except asyncpg.PostgresError as error:
            if error.sqlstate != _RESTORED:
                raise
        # The log came along in the same restore, so what is missing in it can be found by looking.
        _log.warning("store was restored from a dump: finding unsequenced events by absence")
        return await connection.fetchval("SELECT es.resync()")


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    await Sequencer(settings.dsn(Role.SEQUENCER), on_ready=lambda: announce_ready(settings)).run(stopping)
