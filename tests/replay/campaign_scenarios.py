"""Campaigns, obligations and bulk operations whose histories are recorded."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from temporalio.testing import WorkflowEnvironment

import activities.bulk_work
from domain.actor import Actor, Role
from domain.bulk import commands as b
from domain.bulk.values import Selection, Void
from domain.campaign import commands as c
from domain.campaign.plan import CampaignPlan, DutyKind, PhasePlan
from domain.limits import Limit, LimitKind
from domain.obligation import commands as o
from domain.obligation.identity import duty_key, task_key
from domain.obligation.values import DutyOwed, MilestonePlan
from services.handling.aggregates import BULK, CAMPAIGN, OBLIGATION
from services.handling.command_handler import Wish
from tests.workflows.campaigning import EverythingIsWell, text, three_years
from tests.workflows.town import HANDLER, OFFICE, Town

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
MONTH = timedelta(days=30)
# Outside any campaign that runs the rules of the city hold.
_CAMPAIGN = "recorded"


class ImplementationIsNot(EverythingIsWell):
    """Every gate passes but one."""

    async def values(self, plan: CampaignPlan, phase_id: str, codes: Any, as_of: datetime) -> dict[str, Decimal | None]:
        values = dict(await super().values(plan, phase_id, codes, as_of))
        return dict.fromkeys(values, Decimal(0)) if phase_id == "implementation" else values


def figures() -> EverythingIsWell:
    """What the gates of recorded campaigns are assessed by."""
    return ImplementationIsNot()


async def campaign_walked(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Two phases with duties and gates, a pause, a gate that was referred and overridden, a sprint, the end."""
    year = now.year + 1
    campaign = await three_years(place, now, year)
    plan = campaign.plan
    phases = tuple(_quiet(phase) for phase in plan.phases[:3])
    shorter = plan.model_copy(update={"phases": phases})
    await campaign.give(CAMPAIGN, campaign.stream_id, c.ChangePlan, now, plan=shorter, reason="recorded")
    await campaign.steer(c.StartCampaign, now)
    await env.sleep(datetime(year, 2, 10, tzinfo=now.tzinfo) - now)
    await campaign.steer(c.PauseCampaign, await env.get_current_time(), reason="recorded")
    await env.sleep(timedelta(days=3))
    await campaign.steer(c.ResumeCampaign, await env.get_current_time(), reason="recorded")
    await env.sleep(datetime(year, 10, 8, tzinfo=now.tzinfo) - await env.get_current_time())
    override = {"phase_id": "implementation", "reason": "recorded"}
    await campaign.steer(c.OverrideGate, await env.get_current_time(), **override)
    await env.sleep(MONTH)
    await campaign.steer(c.EndCampaign, await env.get_current_time(), reason="recorded")
    return campaign.stream_id


def _quiet(phase: PhasePlan) -> PhasePlan:
    """Without the duties of every day, which say nothing new."""
    kept = tuple(duty for duty in phase.duties if duty.kind is not DutyKind.DAILY_REPORT and "TU,FR" not in duty.rrule)
    return phase.model_copy(update={"duties": kept})


async def obligation_neglected(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """A report that nobody makes until it has climbed the whole ladder."""
    obligation_id = OBLIGATION.stream(duty_key(_CAMPAIGN, "daily-report", now, "city-management"))
    owed = DutyOwed(phase_id="implementation", duty_id="daily-report", duty_kind=DutyKind.DAILY_REPORT, occurrence=now)
    limit = Limit(kind=LimitKind.WORKING_HOURS, amount=4)
    assign = o.AssignDuty(**_opening(obligation_id, now), actor=SERVICE, title=text("日报"), owed=owed, limit=limit)
    await _do(place, obligation_id, assign, new=True)
    await env.sleep(MONTH)
    at = await env.get_current_time()
    await _do(place, obligation_id, o.ReportDuty(command_id=uuid4().hex, at=at, actor=HANDLER))
    return obligation_id


async def obligation_with_milestones(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """A task that misses a milestone, reaches another, is submitted, and is still waiting to be accepted."""
    obligation_id = OBLIGATION.stream(task_key(_CAMPAIGN, "markets"))
    assign = o.AssignTask(
        **_opening(obligation_id, now),
        actor=OFFICE,
        title=text("农贸市场整治"),
        task_id="markets",
        leader="leader-1",
        task="recorded",
        responsibility="recorded",
        inspection_day=(now + 2 * MONTH).date(),
        milestones=tuple(
            MilestonePlan(milestone_id=name, name=text(name), days_before=days)
            for name, days in (("survey", 50), ("half", 35))
        ),
    )
    await _do(place, obligation_id, assign, new=True)
    await env.sleep(timedelta(days=15))
    steps = (
        o.ReportProgress(command_id=uuid4().hex, at=now, actor=HANDLER, percent=60, account="-", reached=("half",)),
        o.SubmitCompletion(command_id=uuid4().hex, at=now, actor=HANDLER, account="recorded"),
    )
    for step in steps:
        await _do(place, obligation_id, step.model_copy(update={"at": await env.get_current_time()}))
        await env.sleep(timedelta(hours=1))
    return obligation_id


async def bulk_paused(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Three pages, and a pause before the first."""
    activities.bulk_work.PAGE = 2
    for _ in range(5):
        await place.report(now)
    operation_id = BULK.stream(uuid4().hex)
    start = b.StartBulk(
        command_id=uuid4().hex,
        at=now,
        actor=OFFICE,
        operation_id=operation_id,
        operation=Void(),
        selection=Selection(statuses=("dispatched",)),
        reason="recorded",
        total=5,
    )
    await place.handler.handle(Wish(BULK, operation_id, start, new=True))
    for kind in (None, b.PauseBulk, b.ResumeBulk):
        if kind is not None:
            at = await env.get_current_time()
            steer = kind(command_id=uuid4().hex, at=at, actor=OFFICE, reason="recorded")
            await place.handler.handle(Wish(BULK, operation_id, steer))
        await place.tell(operation_id)
        await env.sleep(timedelta(seconds=1))
    await env.sleep(timedelta(minutes=1))
    return operation_id


def _opening(obligation_id: UUID, at: datetime) -> dict[str, Any]:
    return {
        "command_id": uuid4().hex,
        "at": at,
        "obligation_id": obligation_id,
        "campaign_id": _CAMPAIGN,
        "unit": "city-management",
    }


async def _do(place: Town, obligation_id: UUID, command: Any, *, new: bool = False) -> None:
    await place.handler.handle(Wish(OBLIGATION, obligation_id, command, new=new))
    await place.tell(obligation_id)
