"""What the activities about items, campaigns and obligations need of the event store and of Temporal."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from temporalio.client import Client

from activities.streams import SERVICE, Standing
from domain.bulk.commands import StartRecomputation
from domain.bulk.rejections import BulkAlreadyStarted
from domain.campaign.commands import CampaignCommand
from domain.campaign.rejections import NoSuchCampaign
from domain.campaign.state import Campaign
from domain.decider import Command
from domain.errors import Rejection
from domain.item.commands import ItemCommand, Opening
from domain.item.rejections import NoSuchItem
from domain.item.state import Item
from domain.obligation.commands import AssignDuty, ObligationCommand
from domain.obligation.rejections import AlreadyAssigned, NoSuchObligation
from domain.obligation.state import Obligation
from domain.rulebook.rulebook import UnknownUnit
from services.handling.aggregate import Aggregate
from services.handling.aggregates import BULK, CAMPAIGN, ITEM, OBLIGATION
from services.handling.command_handler import CommandHandler, Wish
from services.handling.follow_ups import Handling, States
from services.handling.numbers import ItemNumbers
from services.handling.receipts import Receipt
from services.handling.rulebooks import RulebookSource
from services.store.bulk_queries import BulkQueries, OpenItems
from services.store.standings import Standings
from services.temporal.arming import Arming
from services.temporal.watched import RUNNING, stream_of
from services.worker.outages import outages_named

_TOGETHER = 100
# A workflow shows in Temporal's visibility after a moment; the relay needs minutes where thousands come in at once.
UNSEEN, UNRELAYED = timedelta(minutes=1), timedelta(minutes=10)

S = TypeVar("S")
C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class StreamsInStore(Generic[S, C]):
    """One kind of aggregate as the event store has it."""

    aggregate: ClassVar[Aggregate]
    missing: ClassVar[type[Rejection]]

    store: States
    rulebooks: RulebookSource
    handler: Handling

    async def carry_out(self, stream_id: UUID, command: C) -> None:
        """Decide and append one command. Raises a Rejection where a rule says no."""
        with outages_named():
            await self.handler.handle(Wish(self.aggregate, stream_id, command, new=isinstance(command, Opening)))

    async def standing(self, stream_id: UUID) -> Standing[S]:
        """Load an aggregate; raises the rejection that says there is none."""
        with outages_named():
            rules = await self.rulebooks.current()
            stored = await self.store.state(stream_id)
        if stored is None or stored.kind != self.aggregate.kind:
            raise self.missing
        state: S = self.aggregate.states.validate_json(stored.state)
        return Standing(state=state, version=stored.version, rules=rules)


@dataclass(frozen=True)
class ItemsInStore(StreamsInStore[Item, ItemCommand]):
    """Items, with the numbers they are given."""

    aggregate = ITEM
    missing = NoSuchItem

    numbers: ItemNumbers

    async def draw_number(self, at: datetime) -> str:
        """Draw the number of an item that is reported at an instant."""
        with outages_named():
            rules = await self.rulebooks.current()
            (number,) = await self.numbers.draw(1, at, rules.regime().calendar.timezone)
        return number


@dataclass(frozen=True)
class ObligationsInStore(StreamsInStore[Obligation, ObligationCommand]):
    """Obligations."""

    aggregate = OBLIGATION
    missing = NoSuchObligation


@dataclass(frozen=True)
class CampaignsInStore(StreamsInStore[Campaign, CampaignCommand]):
    """Campaigns, with what they set going."""

    aggregate = CAMPAIGN
    missing = NoSuchCampaign

    handler: CommandHandler
    choosing: BulkQueries

    def obligation_id(self, key: str) -> UUID:
        """The id of an obligation, which follows from its key."""
        return OBLIGATION.stream(key)

    async def assign(self, duties: Sequence[AssignDuty]) -> int:
        """Hand out occurrences of duties; returns how many exist afterwards. Units that are gone owe nothing."""
        with outages_named():
            return sum([await self._assign(duties[start : start + _TOGETHER]) for start in _pages(len(duties))])

    async def _assign(self, duties: Sequence[AssignDuty]) -> int:
        wishes = [Wish(OBLIGATION, duty.obligation_id, duty, new=True) for duty in duties]
        answers = await self.handler.handle_batch(wishes)
        for answer in answers:
            if not isinstance(answer, Receipt | AlreadyAssigned | UnknownUnit):
                raise answer
        return sum(isinstance(answer, Receipt | AlreadyAssigned) for answer in answers)

    async def start_recomputation(self, campaign_id: str, phase_id: str, reason: str, at: datetime) -> UUID:
        """Start the bulk operation of a phase over the campaign's open items, once; returns its id."""
        operation_id = BULK.stream(f"{campaign_id}\nphase\n{phase_id}")
        with outages_named():
            start = StartRecomputation(
                command_id=f"start-bulk:{operation_id}",
                at=at,
                actor=SERVICE,
                operation_id=operation_id,
                campaign_id=campaign_id,
                reason=reason,
                total=await self.choosing.count(OpenItems(campaign_id=campaign_id)),
            )
            with suppress(BulkAlreadyStarted):
                await self.handler.handle(Wish(BULK, operation_id, start, new=True))
        return operation_id


def _pages(count: int) -> range:
    return range(0, count, _TOGETHER)


@dataclass(frozen=True, slots=True)
class WatchesInTemporal:
    """What is not over, and the workflows that watch it."""

    client: Client
    standings: Standings
    arming: Arming

    async def unfinished(self) -> Sequence[UUID]:
        """What is not over."""
        return await self.standings.unfinished()

    async def under_way(self, stream_ids: Sequence[UUID]) -> Collection[UUID]:
        """Whose workflows may be about to run, or to show."""
        return await self.standings.under_way(stream_ids, UNSEEN, UNRELAYED)

    async def watched(self) -> AsyncIterator[UUID]:
        """Whose workflows run."""
        async for workflow in self.client.list_workflows(RUNNING, page_size=1000):
            stream_id = stream_of(workflow.id)
            if stream_id is not None:
                yield stream_id

    async def watch(self, stream_ids: Sequence[UUID]) -> None:
        """See to it that a workflow runs for each."""
        await self.arming.arm_all(await self.standings.of(stream_ids))
