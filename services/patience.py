"""How a process without a port comes up and goes down: it waits for what it needs, and stops when told to."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from services.telemetry.instruments import INTERRUPTIONS, PROGRESS

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
FIRST_BACK_OFF_SECONDS = 0.1

_log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")


def stopped_by_signals() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set. Call it from the running loop."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


async def patiently(
    what: str, attempt: Callable[[], Awaitable[T]], outages: tuple[type[BaseException], ...], stopping: asyncio.Event
) -> T | None:
    """Try until it succeeds, pausing longer and longer after outages; None when told to stop first."""
    pause = FIRST_PAUSE_SECONDS
    while not stopping.is_set():
        try:
            return await attempt()
        except outages as outage:
            await _log.awarning("waiting", what=what, error=repr(outage), pause_seconds=pause)
        await pause_unless(stopping, pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return None


async def pause_unless(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, and wake up early when told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


class Perseverance:
    """Work that goes on in sessions: one that an outage ends is followed by another, after longer and longer pauses."""

    def __init__(self, what: str, outages: tuple[type[BaseException], ...]) -> None:
        self._what = what
        self._outages = outages
        self._pause = FIRST_BACK_OFF_SECONDS
        self._progress = PROGRESS.labels(what)
        self._interruptions = INTERRUPTIONS.labels(what)

    def went_well(self) -> None:
        """Something was achieved: the next outage is a first one."""
        self._progress.set_to_current_time()
        self._pause = FIRST_BACK_OFF_SECONDS

    async def keep(self, session: Callable[[asyncio.Event], Awaitable[None]], stopping: asyncio.Event) -> None:
        """Hold sessions until told to stop; what is no outage ends them all."""
        while not stopping.is_set():
            try:
                await session(stopping)
            except self._outages as outage:
                pause = self._pause
                self._interruptions.inc()
                await _log.awarning(f"{self._what} interrupted", error=repr(outage), back_off_seconds=pause)
                await pause_unless(stopping, pause)
                self._pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def until_stopped(work: Coroutine[Any, Any, None], stopping: asyncio.Event) -> None:
    """Let work go on until it ends or fails by itself, or cancel it when told to stop."""
    working = asyncio.create_task(work)
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        if not working.done():
            working.cancel()
    try:
        await working
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
