"""Obligations of a campaign: what nobody reports falls overdue and climbs, what is reported is over."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.testing import WorkflowEnvironment

from domain.actor import Actor, Role
from domain.campaign.plan import DutyKind
from domain.ladder import RUNGS
from domain.limits import Limit, LimitKind
from domain.obligation import commands as c
from domain.obligation.identity import duty_key, task_key
from domain.obligation.values import DutyOwed, MilestonePlan
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import OBLIGATION
from services.handling.command_handler import Wish
from services.temporal.watched import workflow_id
from tests.workflows.campaigning import Campaigning, text, three_years
from tests.workflows.town import HANDLER, OFFICE, town

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
HOURS = Limit(kind=LimitKind.WORKING_HOURS, amount=4)
MONTHS = timedelta(days=90)


async def events(campaign: Campaigning, obligation_id: UUID) -> list[Any]:
    stored = await campaign.place.store.stream(obligation_id)
    return [OBLIGATION.events.validate_json(event.data) for event in stored]


async def do(campaign: Campaigning, obligation_id: UUID, command: Any, *, new: bool = False) -> None:
    await campaign.place.handler.handle(Wish(OBLIGATION, obligation_id, command, new=new))
    await campaign.place.tell(obligation_id)


def watching(campaign: Campaigning, obligation_id: UUID) -> Any:
    return campaign.place.client.get_workflow_handle(workflow_id("obligation", obligation_id))


async def a_report(campaign: Campaigning, env: WorkflowEnvironment) -> UUID:
    """A daily report that is owed from now on."""
    now, plan = await env.get_current_time(), campaign.plan
    obligation_id = OBLIGATION.stream(duty_key(plan.campaign_id, "daily-report", now, "city-management"))
    owed = DutyOwed(phase_id="implementation", duty_id="daily-report", duty_kind=DutyKind.DAILY_REPORT, occurrence=now)
    command = c.AssignDuty(
        command_id=f"assign:{obligation_id}",
        at=now,
        actor=SERVICE,
        obligation_id=obligation_id,
        campaign_id=plan.campaign_id,
        unit="city-management",
        title=text("日报"),
        owed=owed,
        limit=HOURS,
    )
    await do(campaign, obligation_id, command, new=True)
    return obligation_id


async def a_task(campaign: Campaigning, env: WorkflowEnvironment) -> UUID:
    """A task with two milestones, to be complete the day before an inspection in two months."""
    now, plan = await env.get_current_time(), campaign.plan
    obligation_id = OBLIGATION.stream(task_key(plan.campaign_id, "markets"))
    command = c.AssignTask(
        command_id=f"assign:{obligation_id}",
        at=now,
        actor=OFFICE,
        obligation_id=obligation_id,
        campaign_id=plan.campaign_id,
        unit="city-management",
        title=text("农贸市场整治"),
        task_id="markets",
        leader="leader-1",
        task="农贸市场秩序达标",
        responsibility="牵头",
        inspection_day=(now + timedelta(days=60)).date(),
        milestones=(
            MilestonePlan(milestone_id="survey", name=text("摸底"), days_before=50),
            MilestonePlan(milestone_id="half", name=text("过半"), days_before=30),
        ),
    )
    await do(campaign, obligation_id, command, new=True)
    return obligation_id


async def test_a_report_nobody_makes_falls_overdue_and_climbs_every_rung(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    now = await env.get_current_time()
    async with town(database.app, env.client, now) as place:
        campaign = await three_years(place, now, now.year + 1)
        async with campaign.at_work():
            obligation_id = await a_report(campaign, env)
            await env.sleep(MONTHS)
            history = await events(campaign, obligation_id)
            assert [event.rung for event in history if hasattr(event, "rung")] == list(RUNGS)
            assert [event.type for event in history].count("obligation.fell_overdue.v1") == 1
            assert "待完成" in await watching(campaign, obligation_id).query("waiting_for")

            report = c.ReportDuty(
                command_id=f"report:{obligation_id}", at=await env.get_current_time(), actor=HANDLER, account="补报"
            )
            await do(campaign, obligation_id, report)
            assert await watching(campaign, obligation_id).result() == "fulfilled"


async def test_milestones_are_marked_as_missed_on_their_days_unless_they_were_reached(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    now = await env.get_current_time()
    async with town(database.app, env.client, now) as place:
        campaign = await three_years(place, now, now.year + 1)
        async with campaign.at_work():
            obligation_id = await a_task(campaign, env)
            reached = c.ReportProgress(
                command_id="progress", at=now, actor=HANDLER, percent=30, account="摸底完成", reached=("survey",)
            )
            await do(campaign, obligation_id, reached)
            await env.sleep(timedelta(days=45))
            missed = [event for event in await events(campaign, obligation_id) if hasattr(event, "milestone_id")]
            assert [event.milestone_id for event in missed] == ["half"]
            assert timedelta(0) <= missed[0].occurred_at - missed[0].due_at < timedelta(seconds=5)

            withdrawn = c.WithdrawObligation(
                command_id="withdraw", at=await env.get_current_time(), actor=OFFICE, reason="并入他项任务"
            )
            await do(campaign, obligation_id, withdrawn)
            assert await watching(campaign, obligation_id).result() == "withdrawn"
