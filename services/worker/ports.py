"""What the activities need of the event store and of Temporal, over the real ones."""

from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio.client import Client

from activities.item_follow_up import Standing, StoreAwayError
from domain.item.commands import ItemCommand, Opening
from domain.item.rejections import NoSuchItem
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.handling.numbers import ItemNumbers
from services.handling.rulebooks import RulebookSource
from services.store.event_store import EventStore
from services.store.item_standings import ItemStandings
from services.store.pools import OUTAGES
from services.temporal.arming import Arming, item_of

_RUNNING = "WorkflowType = 'RectificationItem' AND ExecutionStatus = 'Running'"


@dataclass(frozen=True, slots=True)
class ItemsInStore:
    """Items as the event store has them."""

    store: EventStore
    rulebooks: RulebookSource
    handler: CommandHandler
    numbers: ItemNumbers

    async def carry_out(self, item_id: UUID, command: ItemCommand) -> None:
        """Decide and append one command. Raises a Rejection where a rule says no."""
        with _outages_named():
            await self.handler.handle(Wish(ITEM, item_id, command, new=isinstance(command, Opening)))

    async def standing(self, item_id: UUID) -> Standing:
        """Load an item; raises NoSuchItem."""
        with _outages_named():
            rules = await self.rulebooks.current()
            stored = await self.store.state(item_id)
        if stored is None:
            raise NoSuchItem
        return Standing(item=ITEM.states.validate_json(stored.state), version=stored.version, rules=rules)

    async def draw_number(self, at: datetime) -> str:
        """Draw the number of an item that is reported at an instant."""
        rules = await self.rulebooks.current()
        (number,) = await self.numbers.draw(1, at, rules.regime().calendar.timezone)
        return number


@dataclass(frozen=True, slots=True)
class ItemWatches:
    """The items that are not over, and the workflows that watch them."""

    client: Client
    standings: ItemStandings
    arming: Arming

    async def unfinished(self) -> Sequence[UUID]:
        """The items that are not over."""
        return await self.standings.unfinished()

    async def watched(self) -> AsyncIterator[UUID]:
        """The items whose workflows run."""
        async for workflow in self.client.list_workflows(_RUNNING, page_size=1000):
            item_id = item_of(workflow.id)
            if item_id is not None:
                yield item_id

    async def watch(self, item_ids: Sequence[UUID]) -> None:
        """See to it that a workflow runs for each."""
        await self.arming.arm_all(await self.standings.of(item_ids))


@contextmanager
def _outages_named() -> Generator[None]:
    """What the driver raises when the database is away, in one word."""
    try:
        yield
    except OUTAGES as outage:
        raise StoreAwayError(repr(outage)) from outage
