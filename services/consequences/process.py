"""Reads the log and carries out what follows from it; may be killed at any instant, and may run twice: one stands by.

The position moves on when all that follows from an entry is on disk. Whatever is done again has the same ids and the
same keys, so nothing follows twice.
"""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from domain.errors import Rejection
from services.consequences.bulletins import BULLETIN_TYPES, from_bulletin
from services.consequences.rungs import (
    LAST_RUNG_TYPES,
    RULING_TYPES,
    RUNG_TYPES,
    from_last_rung,
    from_ruling,
    from_rung,
)
from services.handling.command_handler import CommandHandler, StillContended, Wish
from services.handling.rulebooks import RulebookSource
from services.patience import Perseverance, patiently, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.consequence_queries import ConsequenceQueries
from services.store.event_store import EventStore
from services.store.pools import OUTAGES, open_pool
from services.store.records import StoredEvent
from services.store.subscriptions import FencedOffError, Subscriptions, send_back

SUBSCRIPTION = "consequences"
BATCH = 1000
IDLE_SECONDS = 0.1
STANDBY_SECONDS = 0.5
ATTEMPTS = 4
_TYPES = (*RUNG_TYPES, *LAST_RUNG_TYPES, *RULING_TYPES, *BULLETIN_TYPES)
_UNREADY = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet
_FAULT = "internal_fault"

_log = structlog.stdlib.get_logger(__name__)


class _TryAgain(Exception):  # noqa: N818 - says what to do
    """Something of this program's own went wrong; it may be over in a moment."""


_INTERRUPTIONS = (*_UNREADY, FencedOffError, StillContended, _TryAgain)


class Consequences:
    """Follows one log until it is told to stop; outlives restarts of the database."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        handler: CommandHandler,
        rulebooks: RulebookSource,
        *,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self._store = EventStore(pool)
        self._queries = ConsequenceQueries(pool)
        self._subscriptions = Subscriptions(pool)
        self._handler = handler
        self._rulebooks = rulebooks
        self._on_ready = on_ready
        self._perseverance = Perseverance("consequences", _INTERRUPTIONS)
        self._faults: dict[int, int] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow until told to stop, and then finish what is under way; goes on where it was after every outage."""
        await self._perseverance.keep(self._session, stopping)

    async def _session(self, stopping: asyncio.Event) -> None:
        async with self._subscriptions.alone(SUBSCRIPTION) as alone:
            self._announce()
            if not alone:
                await pause_unless(stopping, STANDBY_SECONDS)
                return
            epoch = await self._subscriptions.acquire(SUBSCRIPTION)
            while not stopping.is_set():
                if not await self.step(epoch):
                    await pause_unless(stopping, IDLE_SECONDS)

    async def step(self, epoch: int) -> bool:
        """Follow the next entries; False where there are none."""
        # Read anew each time: somebody may have sent it back, to have what was passed over tried again.
        position = await self._subscriptions.position(SUBSCRIPTION)
        upto = min(await self._queries.last_position(), position + BATCH)
        if upto <= position:
            return False
        for entry in await self._queries.entries(position, upto, _TYPES):
            await self.follow(entry)
        await self._subscriptions.advance(SUBSCRIPTION, epoch, upto)
        self._perseverance.went_well()
        self._faults.clear()
        return True

    async def follow(self, entry: StoredEvent) -> None:
        """Carry out all that follows from one entry."""
        position = entry.position or 0
        if self._faults.get(position, 0) >= ATTEMPTS:
            return  # passed over, while something behind it is tried again
        try:
            for wish in await self._wishes(entry):
                await self._carry_out(entry, wish)
        except _INTERRUPTIONS:
            raise
        except Exception as fault:
            # A fault of ours must not hold up everything behind it for ever.
            self._faults[position] = self._faults.get(position, 0) + 1
            if self._faults[position] < ATTEMPTS:
                raise _TryAgain(repr(fault)) from fault
            await _log.aexception("passed over", position=position, type=entry.type, stream=str(entry.stream_id))
            facts = {"type": entry.type, "fault": type(fault).__name__}
            await self._queries.pass_over(position, entry.stream_id, entry.kind, _FAULT, facts)

    async def _wishes(self, entry: StoredEvent) -> list[Wish]:
        if entry.type in RUNG_TYPES:
            return await from_rung(self._store, entry, await self._rulebooks.current())
        if entry.type in LAST_RUNG_TYPES:
            return await from_last_rung(self._store, entry, await self._rulebooks.current())
        if entry.type in RULING_TYPES:
            return await from_ruling(self._store, entry)
        # The bulletin may name formulas, and the policy rules, that were published a moment ago.
        return await from_bulletin(self._queries, entry, await self._rulebooks.current(newest=True))

    async def _carry_out(self, entry: StoredEvent, wish: Wish) -> None:
        """A rule may say no, as where the unit was dissolved meanwhile: that is kept, and everything else goes on."""
        try:
            await self._handler.handle(wish)
        except Rejection as refusal:
            kind, stream_id = wish.aggregate.kind, wish.stream_id
            await _log.awarning(
                "passed over", position=entry.position, kind=kind, stream=str(stream_id), code=refusal.code
            )
            await self._queries.pass_over(entry.position or 0, stream_id, kind, refusal.code, refusal.facts)

    def _announce(self) -> None:
        if self._on_ready:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    pool = await patiently("database", lambda: open_pool(settings.dsn(Role.APP)), _UNREADY, stopping)
    if pool is None:
        return
    try:
        rulebooks = RulebookSource(pool)
        handler = CommandHandler(EventStore(pool), rulebooks)
        consequences = Consequences(pool, handler, rulebooks, on_ready=lambda: announce_ready(settings))
        await consequences.run(stopping)
    finally:
        pool.terminate()  # at once: a close that waits for a dead server would wait for ever


async def follow_again(settings: Settings, position: int) -> None:
    """Have the entries from a position on followed again: what was passed over is tried again, nothing else changes."""
    await send_back(settings.dsn(Role.APP), SUBSCRIPTION, position)
