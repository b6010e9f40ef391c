"""Ticks the log forward: the one serial step of the system, safe to run twice and to kill at any instant.

Every tick is one transaction in PostgreSQL that either happened or did not, and only one sequencer at a time gets the
row lock, so there is nothing to clean up after a crash and nothing to hand over.
"""

import asyncio
import signal
from collections.abc import Callable

import asyncpg
import structlog

from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.pools import OUTAGES

IDLE_SECONDS = 0.02
STANDBY_SECONDS = 0.2  # another sequencer is at work
PARTITION_CHECK_SECONDS = 10.0
FIRST_BACK_OFF_SECONDS = 0.1
LONGEST_BACK_OFF_SECONDS = 5.0
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet
_RESTORED = "ES500"  # what es.sequence_tick raises when transaction ids come from another cluster

_log = structlog.stdlib.get_logger(__name__)


class Sequencer:
    """Sequences one database until it is told to stop; outlives restarts of the database."""

    def __init__(self, dsn: str, *, on_ready: Callable[[], None] | None = None) -> None:
        self._dsn = dsn
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._back_off = FIRST_BACK_OFF_SECONDS

    def stop(self) -> None:
        """Ask for an end after the tick under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Tick until stopped, connecting again after every outage."""
        while not self._stopping.is_set():
            try:
                await self._session()
            except _INTERRUPTIONS as error:
                _log.warning("sequencer interrupted", error=repr(error), back_off_seconds=self._back_off)
                await self._pause(self._back_off)
                self._back_off = min(self._back_off * 2, LONGEST_BACK_OFF_SECONDS)

    async def _session(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await self._tick_on(connection)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    async def _tick_on(self, connection: asyncpg.Connection) -> None:
        clock = asyncio.get_running_loop()
        check_partitions_at = clock.time()
        while not self._stopping.is_set():
            if clock.time() >= check_partitions_at:
                if made := await connection.fetchval("SELECT es.ensure_partitions()"):
                    _log.info("partitions made", count=made)
                check_partitions_at = clock.time() + PARTITION_CHECK_SECONDS
            sequenced = await self._tick(connection)
            self._back_off = FIRST_BACK_OFF_SECONDS
            if self._on_ready:
                self._on_ready()
                self._on_ready = None
            if not sequenced:
                await self._pause(STANDBY_SECONDS if sequenced is None else IDLE_SECONDS)

    async def _tick(self, connection: asyncpg.Connection) -> int | None:
        try:
            return await connection.fetchval("SELECT es.sequence_tick()")
        except asyncpg.PostgresError as error:
            if error.sqlstate != _RESTORED:
                raise
        # The log came along in the same restore, so what is missing in it can be found by looking.
        _log.warning("store was restored from a dump: finding unsequenced events by absence")
        return await connection.fetchval("SELECT es.resync()")

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    sequencer = Sequencer(settings.dsn(Role.SEQUENCER), on_ready=lambda: announce_ready(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sequencer.stop)
    await sequencer.run()
