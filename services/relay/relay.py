"""Reads the log and arms what it speaks of, so that every workflow runs and knows the newest deadline.

The position moves on when Temporal has taken everything before it; after a crash or an outage some are armed
twice, which changes nothing, and none is left out.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog
from temporalio.service import RPCError

from services.patience import Perseverance, patiently, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.relay.worth_telling import streams_to_tell, without_stillborn
from services.settings import Role, Settings
from services.store.pools import OUTAGES, open_pool
from services.store.standings import LogEntry, StandingRow, Standings
from services.store.subscriptions import FencedOffError, Subscriptions
from services.store.trace_contexts import TraceContexts
from services.telemetry.tracing import tracer_in_use
from services.temporal.arming import Armed, Arming
from services.temporal.connection import NATIVE_THREADS_SECONDS, TEMPORAL_OUTAGES, connect
from services.temporal.watching import watch_temporal

BATCH = 1000
BATCHES_AT_ONCE = 3
IDLE_SECONDS = 0.05
FORGETTING_SECONDS = 3600.0
_UNREADY = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet
_INTERRUPTIONS = (*_UNREADY, RPCError, FencedOffError)

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """The share of everything that one of several relays looks after. More shares begin anew."""

    index: int = 0
    of: int = 1

    @property
    def subscription(self) -> str:
        """The name under which this share's position is kept."""
        return f"relay-{self.index}/{self.of}"

    def includes(self, stream_id: UUID) -> bool:
        """Whether something belongs to this share; ids are hashes, so shares are even."""
        return stream_id.int % self.of == self.index


class Relay:
    """Relays one shard until it is told to stop; outlives restarts of the database and of Temporal."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        arming: Arming,
        shard: Shard | None = None,
        *,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self._subscriptions = Subscriptions(pool)
        self._standings = Standings(pool)
        self._traces = TraceContexts(pool)
        self._arming = arming
        self._shard = shard or Shard()
        self._on_ready = on_ready or _nothing
        self._perseverance = Perseverance("relay", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Relay until told to stop, and then finish the batches under way; goes on where it was after every outage."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        name = self._shard.subscription
        epoch = await self._subscriptions.acquire(name)
        position = await self._subscriptions.position(name)
        self._on_ready()
        self._on_ready = _nothing
        # A batch begins before the one ahead of it has ended, so that Temporal is never waited for with empty hands.
        under_way: deque[tuple[int, asyncio.Task[None]]] = deque()
        try:
            while not stopping.is_set():
                entries = (
                    await self._standings.entries_after(position, BATCH) if len(under_way) < BATCHES_AT_ONCE else []
                )
                if entries:
                    position = entries[-1].position
                    under_way.append((position, asyncio.create_task(self._relay(entries))))
                elif under_way:
                    await self._finish_first(under_way, name, epoch)
                else:
                    await pause_unless(stopping, IDLE_SECONDS)
            while under_way:
                await self._finish_first(under_way, name, epoch)
        finally:
            for _, task in under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)

    async def _finish_first(self, under_way: deque[tuple[int, asyncio.Task[None]]], name: str, epoch: int) -> None:
        """Positions move on in order, however the batches end."""
        position, task = under_way[0]
        await task
        under_way.popleft()
        await self._subscriptions.advance(name, epoch, position)
        self._perseverance.went_well()

    async def _relay(self, entries: Sequence[LogEntry]) -> None:
        stream_ids = [stream_id for stream_id in streams_to_tell(entries) if self._shard.includes(stream_id)]
        standings = without_stillborn(await self._standings.of(stream_ids), entries) if stream_ids else []
        if standings:
            armed = await self._arm(standings, entries)
            await _log.adebug("relayed", upto=entries[-1].position, running=armed.running, ended=armed.ended)

    async def _arm(self, standings: Sequence[StandingRow], entries: Sequence[LogEntry]) -> Armed:
        if tracer_in_use() is None:
            return await self._arming.arm_all(standings)
        traces = await self._traces.between(entries[0].position, entries[-1].position)
        return await self._arming.arm_all(standings, traces=traces)


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    pool = await patiently("database", lambda: open_pool(settings.dsn(Role.APP)), _UNREADY, stopping)
    if pool is None:
        return
    try:
        client = await patiently("Temporal", lambda: connect(settings), TEMPORAL_OUTAGES, stopping)
        if client is not None:
            watching = asyncio.create_task(watch_temporal(client, settings.task_queue, stopping))
            forgetting = asyncio.create_task(_forget_traces(TraceContexts(pool), stopping))
            arming = Arming(client, settings.task_queue)
            await Relay(pool, arming, on_ready=lambda: announce_ready(settings)).run(stopping)
            await asyncio.gather(watching, forgetting)
            await asyncio.sleep(NATIVE_THREADS_SECONDS)
    finally:
        pool.terminate()  # at once: a close that waits for a dead server would wait for ever


async def _forget_traces(traces: TraceContexts, stopping: asyncio.Event) -> None:
    """Delete what traces no longer need, now and then; also where nobody traces any more."""
    while not stopping.is_set():
        try:
            await traces.forget()
        except _UNREADY as outage:
            await _log.ainfo("traces not forgotten", error=repr(outage))
        await pause_unless(stopping, FORGETTING_SECONDS)


def _nothing() -> None:
    return
