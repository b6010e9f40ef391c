"""The notifier: plans from the log, composes, and sends to every target by itself, so that none holds another up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import structlog

from domain.channel.state import Channel
from domain.channel.values import ChannelKind
from domain.preferences.state import PersonsPreferences
from domain.principal.state import Principal
from services.handling.aggregates import CHANNEL, PREFERENCES, PRINCIPAL
from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.notifier.audience import City
from services.notifier.composing import compose
from services.notifier.planning import READ, channel_target, plan
from services.notifier.senders import MOST_BYTES, Senders
from services.notifier.sending import Post
from services.privacy.opening import keyring_of
from services.privacy.people import People
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.notice_planning import NoticePlanning
from services.store.notice_sending import NoticeSending
from services.store.pools import OUTAGES

BATCH = 500
MOST_AT_ONCE = 50
_AFTER_A_BUG = timedelta(minutes=5)
_log = structlog.stdlib.get_logger(__name__)


def wall_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass
class Notifier:
    """One notifier over a pool, and a connection of its own for reading the log. Use `begin` first, then `turn`."""

    pool: asyncpg.Pool
    planning: NoticePlanning
    client: httpx.AsyncClient
    settings: Settings
    now: Callable[[], datetime] = wall_clock
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"], init=False)
    # A robot that is away, or wants a pause, is left alone until then, whatever else is due for it.
    _left_alone: dict[str, datetime] = field(default_factory=dict[str, datetime], init=False)

    def __post_init__(self) -> None:
        self._rulebooks = RulebookSource(self.pool)
        self._sending = NoticeSending(self.pool)
        # Addresses are only read here: nothing is made ahead, so nothing is to be closed but connections.
        self._keyring = keyring_of(self.settings)
        people = People(self.pool, self._keyring)
        senders = Senders(self._sending, people, self.client, self.settings, self.now)
        handler = CommandHandler(EventStore(self.pool), self._rulebooks)
        self._post = Post(self._sending, senders, handler, self._rulebooks, self.now)

    async def begin(self) -> bool:
        """Take over from the one before; False where another notifier is at work."""
        return await self.planning.begin()

    async def turn(self) -> bool:
        """Plan what the log says, compose what is due, start sending what is ready; whether there was anything."""
        self._reap()
        planned = await self._plan()
        composed = await self._compose()
        return await self._start() or planned or composed

    async def settle(self) -> None:
        """Wait until nothing is being sent any more; raises what a sending task raised."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())
            self._reap()

    async def stop(self, grace_seconds: float) -> None:
        """Let what is being sent end, for so long; then drop it: it is sent again under the same id."""
        tasks = list(self._under_way.values())
        self._under_way.clear()
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._keyring.close()

    def _reap(self) -> None:
        for target in [target for target, task in self._under_way.items() if task.done()]:
            self._under_way.pop(target).result()

    async def _plan(self) -> bool:
        upto, events = await self.planning.next(BATCH, READ)
        if upto == self.planning.position:
            return False
        planned = plan(
            events,
            await self._city() if events else City(await self._rulebooks.current()),
            self.now(),
            mail=self.settings.smtp_host is not None,
        )
        await self.planning.write(upto, planned.notices, planned.waiting, planned.again)
        return True

    async def _city(self) -> City:
        preferences = [PersonsPreferences.model_validate_json(s) for s in await self.planning.states(PREFERENCES.kind)]
        principals = [Principal.model_validate_json(s) for s in await self.planning.states(PRINCIPAL.kind)]
        return City(
            rules=await self._rulebooks.current(newest=True),
            principals=[principal for principal in principals if principal.active],
            channels=[channel for channel in await self._channels() if not channel.retired],
            preferences={each.principal_id: each.preferences for each in preferences},
            with_mail=await self.planning.with_mail(),
        )

    async def _compose(self) -> bool:
        targets = await self._sending.due_targets(self.now())
        if not targets:
            return False
        rules = await self._rulebooks.current()
        kinds = {channel_target(each.channel_id): each.kind for each in await self._channels()}
        made = 0
        for target in targets:
            kind = kinds.get(target, ChannelKind.MAIL)
            made += await compose(self._sending, target, kind, rules, self.now(), most_bytes=MOST_BYTES[kind])
        return made > 0

    async def _channels(self) -> list[Channel]:
        return [Channel.model_validate_json(state) for state in await self.planning.states(CHANNEL.kind)]

    async def _start(self) -> bool:
        now = self.now()
        self._left_alone = {target: until for target, until in self._left_alone.items() if until > now}
        ready = await self._sending.ready(now, [*self._under_way, *self._left_alone])
        room = MOST_AT_ONCE - len(self._under_way)
        for target in ready[:room]:
            self._under_way[target] = asyncio.create_task(self._send(target))
        return bool(ready[:room])

    async def _send(self, target: str) -> None:
        try:
            until = await self._post.send_due(target)
        except (*OUTAGES, asyncpg.PostgresError):
            raise
        except Exception as error:  # noqa: BLE001 - a bug with one target must not silence all the others
            await _log.aerror("sending failed", target=target, exc_info=error)
            until = self.now() + _AFTER_A_BUG
        if until is not None:
            self._left_alone[target] = until
