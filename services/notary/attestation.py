"""What others say about a checkpoint once it is signed: beside the signing, so that nobody outside can hold that up."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import httpx
import structlog

from services.notary.outside import OutsideCheckpoints
from services.notary.timestamps import TimestampAuthority, TimestampRequests
from services.notary.witnesses import NotCosignedError, WitnessRequests
from services.patience import pause_unless
from services.store.log_tree import LogTree, TreeDamagedError
from services.store.pools import OUTAGES, open_pool
from services.transparency.timestamps import TimeStampError
from services.transparency.witnessing import WitnessAddress

FIRST_BACK_OFF_SECONDS = 1.0
LONGEST_BACK_OFF_SECONDS = 300.0
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError, TreeDamagedError)

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who attests, and how they are reached. ``client`` opens a connection to the outside."""

    dsn: str
    outside: OutsideCheckpoints
    client: Callable[[], httpx.AsyncClient]
    witnesses: Sequence[WitnessAddress] = ()
    authority: TimestampAuthority | None = None
    every_seconds: float = 1.0
    first_back_off_seconds: float = FIRST_BACK_OFF_SECONDS

    @asynccontextmanager
    async def under_way(self, stopping: asyncio.Event) -> AsyncGenerator[None]:
        """Follow the log while the body of the with statement signs it."""
        if not self.witnesses and not self.authority:
            yield
            return
        pool = await open_pool(self.dsn, max_size=2)
        async with self.client() as client:
            tree = LogTree(pool)
            asked: list[WitnessRequests | TimestampRequests] = [
                WitnessRequests(each, tree, self.outside, client) for each in self.witnesses
            ]
            if self.authority:
                asked.append(TimestampRequests(self.authority, tree, self.outside, client))
            tasks = [asyncio.create_task(self._repeat(each.name, each.follow, stopping)) for each in asked]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                with suppress(TimeoutError, *OUTAGES):
                    await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
                pool.terminate()

    async def _repeat(self, name: str, step: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
        back_off = self.first_back_off_seconds
        while not stopping.is_set():
            try:
                await step()
            except NotCosignedError as refused:
                say = _log.acritical if refused.finding.contradicts else _log.awarning
                await say("not cosigned", witness=name, finding=refused.finding.value, error=str(refused))
            except TimeStampError as refused:
                await _log.awarning("not time-stamped", authority=name, finding=refused.code, error=str(refused))
            except _INTERRUPTIONS as interruption:
                await _log.awarning("attestation interrupted", witness=name, error=repr(interruption))
            except Exception:  # noqa: BLE001 - whatever somebody outside answers, the others and the signing go on
                await _log.aexception("attestation failed", witness=name)
            else:
                back_off = self.first_back_off_seconds
                await pause_unless(stopping, self.every_seconds)
                continue
            await pause_unless(stopping, back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF_SECONDS)
