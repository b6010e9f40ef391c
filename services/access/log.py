"""The access log of one process: answers wait for what must be on disk before them, refusals follow within a second.

What waits and what is kept in memory are bounded. Killed at any moment, a process has told nobody anything that is not
in the log; lost are at most the refusals of the last second, and how often those of the last minute came again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta

import structlog

from services.access.book import AccessBook
from services.access.tally import Tally
from services.access.trace import TalliedTrace, Trace
from services.store.client_addresses import ClientAddresses

_LOG = structlog.stdlib.get_logger("duban.access")

WRITE_SECONDS = 0.5
LONGEST_SECONDS = 10
MOST_WAITING = 1_000
MOST_KEPT = 10_000
_MOST_AT_ONCE = 200

Waiting = tuple[Trace, asyncio.Future[None]]


class AccessLogBusyError(RuntimeError):
    """Too many accesses wait to be written, or this one waited too long: what it is about must not happen now."""


class AccessLog:
    """Use `running` around the life of the process. ``now`` is the process's clock."""

    def __init__(
        self,
        book: AccessBook,
        addresses: ClientAddresses,
        now: Callable[[], datetime],
        *,
        address_days: int | None = None,
    ) -> None:
        self._book = book
        self._addresses = addresses
        self._now = now
        self._address_days = address_days
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue(MOST_WAITING)
        self._tally = Tally()
        self._kept: list[TalliedTrace] = []
        self._woken = asyncio.Event()
        self._erased_on: date | None = None

    async def written(self, trace: Trace) -> None:
        """Return once an access is on disk; raises AccessLogBusyError, or what the store raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((trace, done))
        except asyncio.QueueFull:
            raise AccessLogBusyError from None
        self._woken.set()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await done
        except TimeoutError:
            raise AccessLogBusyError from None

    async def written_or_counted(self, trace: TalliedTrace) -> None:
        """As `written`, but what was written within the last minute is only counted, such as an export of many parts.

        Where too many different ones came, each is written for itself.
        """
        if self._tally.counted(trace):
            return
        await self.written(trace)
        if not self._tally.is_full:
            self._keep(self._tally.open(trace))

    def note(self, trace: TalliedTrace) -> None:
        """Have a refusal written soon, with how often it comes again."""
        self._keep(self._tally.add(trace))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write what comes, and the rest at the end."""
        writing = asyncio.create_task(self._run(), name="access log")
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            await self.flush(entirely=True)

    async def flush(self, *, entirely: bool = False) -> None:
        """Write everything that is to be written by now; ``entirely``: what is still being counted as well."""
        await self._write_waiting()
        self._keep(self._tally.finished(None if entirely else self._now()))
        await self._write_kept()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), WRITE_SECONDS)
            self._woken.clear()
            await self.flush()
            await self._erase_addresses()

    async def _write_waiting(self) -> None:
        while not self._waiting.empty():
            batch: list[Waiting] = []
            while not self._waiting.empty() and len(batch) < _MOST_AT_ONCE:
                batch.append(self._waiting.get_nowait())
            failure = await self._attempt([trace for trace, _ in batch])
            for _, done in batch:
                if done.done():
                    continue  # whoever asked has gone
                if failure is None:
                    done.set_result(None)
                else:
                    done.set_exception(failure)

    async def _write_kept(self) -> None:
        if self._kept and await self._attempt(self._kept) is None:
            self._kept = []

    async def _attempt(self, traces: Sequence[Trace]) -> Exception | None:
        try:
            await self._book.write(traces, self._now())
        except Exception as failure:  # noqa: BLE001 - given to whoever waits, or tried again; the loop goes on
            _LOG.warning("accesses not written", count=len(traces), error=type(failure).__name__)
            return failure
        return None

    def _keep(self, traces: Sequence[TalliedTrace]) -> None:
        room = MOST_KEPT - len(self._kept)
        self._kept.extend(traces[:room])
        if len(traces) > room:
            _LOG.error("refusals lost", count=len(traces) - room)

    async def _erase_addresses(self) -> None:
        today = self._now().date()
        if self._address_days is None or self._erased_on == today:
            return
        try:
            erased = await self._addresses.erase_not_seen_since(today - timedelta(days=self._address_days))
        except Exception as failure:  # noqa: BLE001 - tried again with the next round
            _LOG.warning("addresses not erased", error=type(failure).__name__)
            return
        self._erased_on = today
        if erased:
            _LOG.info("addresses erased", count=erased)
