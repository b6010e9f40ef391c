"""A campaign of the town: its units, its policies by phase, figures that pass every gate, and workers for all of it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from temporalio.service import RPCError
from temporalio.worker import WorkflowRunner

from activities.bulk_work import BulkWork
from activities.campaign_steps import CampaignSteps
from activities.obligation_follow_up import ObligationFollowUp
from domain.campaign import commands as c
from domain.campaign.plan import CampaignPlan
from domain.campaign.state import CAMPAIGNS, Campaign
from domain.clock import ClockKind
from domain.ladder import STANDARD_LADDER
from domain.limits import Limit, LimitKind
from domain.organisation.commands import RegisterUnit
from domain.organisation.state import Unit
from domain.rulebook.commands import PublishPolicy
from domain.rulebook.documents import Policy, RoutingRule
from domain.text import Text
from services.campaigns.template import instantiate, read_template, shipped_templates
from services.handling.aggregate import Aggregate
from services.handling.aggregates import BULK, CAMPAIGN, OBLIGATION, POLICY, UNIT
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.bulk_queries import BulkQueries
from services.temporal.watched import workflow_id
from services.worker.bulk_port import BulkOperationsInStore
from services.worker.ports import CampaignsInStore, ObligationsInStore
from tests.workflows.town import LIMITS, OFFICE, Town, working

UNITS = ("city-management", "old-town-street")
TEMPLATE = "district-three-years"


def text(words: str) -> Text:
    return Text(zh=words, en=words)


def working_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_DAYS, amount=amount)


RECTIFY = {"routine": working_days(10), "sprint": working_days(2), "maintenance": working_days(15)}


class EverythingIsWell:
    """Figures that just meet every condition of the gate; ``asked`` says which gates were assessed, and when."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, datetime]] = []

    async def values(
        self, plan: CampaignPlan, phase_id: str, codes: Sequence[str], as_of: datetime
    ) -> Mapping[str, Decimal | None]:
        self.asked.append((phase_id, as_of))
        gate = plan.phase(phase_id).gate
        assert gate is not None
        assert {condition.indicator for condition in gate.conditions} == set(codes)
        return {condition.indicator: condition.at_least or condition.at_most for condition in gate.conditions}


@dataclass
class Campaigning:
    """A town with a campaign in it. Instants are given by the test."""

    place: Town
    figures: EverythingIsWell
    plan: CampaignPlan

    def __post_init__(self) -> None:
        self._keys = count(1)
        self.stream_id = CAMPAIGN.stream(self.plan.campaign_id)

    async def give(
        self, aggregate: Aggregate, stream_id: UUID, command: type[Any], at: datetime, **content: Any
    ) -> Receipt:
        wish = command(command_id=f"campaigning:{next(self._keys)}", at=at, actor=OFFICE, **content)
        return await self.place.handler.handle(Wish(aggregate, stream_id, wish))

    async def steer(self, command: type[Any], at: datetime, **content: Any) -> None:
        """Something is asked of the campaign, and its workflow is told."""
        await self.give(CAMPAIGN, self.stream_id, command, at, **content)
        await self.place.tell(self.stream_id)

    async def state(self) -> Campaign:
        stored = await self.place.store.state(self.stream_id)
        assert stored is not None
        return CAMPAIGNS.validate_json(stored.state)

    async def events(self, *types: str) -> list[Any]:
        """The campaign's events of these types."""
        stored = await self.place.store.stream(self.stream_id)
        return [CAMPAIGN.events.validate_json(event.data) for event in stored if event.type in types]

    @property
    def workflow(self) -> Any:
        return self.place.client.get_workflow_handle(workflow_id("campaign", self.stream_id))

    def bulk_workflow(self, operation_id: UUID) -> Any:
        return self.place.client.get_workflow_handle(workflow_id("bulk", operation_id))

    async def operation(self, operation_id: UUID) -> Any:
        stored = await self.place.store.state(operation_id)
        assert stored is not None
        return BULK.states.validate_json(stored.state)

    async def obligations(self) -> dict[str, Any]:
        """All obligations of the campaign by number."""
        rows = await self.place.store._pool.fetch(
            "SELECT state FROM es.current_state WHERE kind = 'obligation' AND campaign_id = $1", self.plan.campaign_id
        )
        found = [OBLIGATION.states.validate_json(row["state"]) for row in rows]
        return {obligation.record.number: obligation for obligation in found}

    @asynccontextmanager
    async def at_work(
        self, *, runner: WorkflowRunner | None = None, wrap: Callable[[Any], Any] = lambda campaigns: campaigns
    ) -> AsyncIterator[None]:
        """A worker for items, campaigns, obligations and bulk operations."""
        async with working(self.place, *groups(self.place, self.figures, wrap), runner=runner):
            try:
                yield
            finally:
                with suppress(RPCError):  # it may be over, or never begun
                    await self.workflow.terminate()  # without a worker it would hold up the time of other tests


def groups(
    place: Town, figures: EverythingIsWell, wrap: Callable[[Any], Any] = lambda campaigns: campaigns
) -> tuple[object, ...]:
    """The activities of campaigns, obligations and bulk operations."""
    parts = (place.store, place.rulebooks, place.handler)
    choosing = BulkQueries(place.store._pool)
    return (
        CampaignSteps(wrap(CampaignsInStore(*parts, choosing)), figures),
        ObligationFollowUp(ObligationsInStore(*parts)),
        BulkWork(BulkOperationsInStore(*parts, choosing)),
    )


async def three_years(place: Town, at: datetime, year: int) -> Campaigning:
    """Plan a campaign of the district's template that begins in a year; published policies tell its phases apart."""
    campaign_id = f"district-{uuid4().hex[:8]}"
    plan = instantiate(
        read_template(shipped_templates()[TEMPLATE]),
        campaign_id=campaign_id,
        year=year,
        units=UNITS,
        leading_group="leading-group",
        office="office",
        working_groups=("patrol-group",),
        calendar_id="cn",
        policies={name: name for name in RECTIFY},
    )
    campaign = Campaigning(place, EverythingIsWell(), plan)
    for code in (*UNITS[1:], "leading-group", "office", "patrol-group"):
        await campaign.give(UNIT, UNIT.stream(code), RegisterUnit, at, unit=Unit(code=code, name=text(code)))
    for name, rectify in RECTIFY.items():
        await campaign.give(POLICY, POLICY.stream(f"{name}@1"), PublishPolicy, at, document=_policy(name, rectify))
    await place.rulebooks.current(newest=True)
    await campaign.give(CAMPAIGN, campaign.stream_id, c.PlanCampaign, at, plan=plan)
    return campaign


def _policy(name: str, rectify: Limit) -> Policy:
    return Policy(
        policy_id=name,
        version=1,
        name=text(name),
        calendar_id="cn",
        catalogue_id="city",
        limits={**LIMITS, ClockKind.RECTIFY: rectify},
        ladders={ClockKind.RECTIFY: STANDARD_LADDER},
        routing=(RoutingRule(unit="city-management"),),
    )
