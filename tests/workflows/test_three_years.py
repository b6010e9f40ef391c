"""A campaign of three years, played through: phases on their days, every duty once, a pause, two sprints, upkeep."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.workflow import Info

from domain.bulk.commands import PauseBulk, ResumeBulk, StartBulk
from domain.bulk.values import Selection, Void
from domain.campaign import commands as c
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import BULK
from tests.workflows.campaigning import Campaigning, three_years
from tests.workflows.town import town

SHANGHAI = ZoneInfo("Asia/Shanghai")
A_MOMENT = timedelta(seconds=5)
LONG_RUN = 1_500
PAUSED_DAYS = 10


def day(year: int, month: int, number: int) -> datetime:
    """The beginning of a day in the town."""
    return datetime(year, month, number, tzinfo=SHANGHAI)


def local(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


async def sleep_until(env: WorkflowEnvironment, instant: datetime) -> datetime:
    now = await env.get_current_time()
    if instant > now:
        await env.sleep(instant - now)
    return await env.get_current_time()


async def items_under_way(campaign: Campaigning, env: WorkflowEnvironment, count: int) -> list[UUID]:
    """So many items, reported and accepted now; a worker watches some of them."""
    now = await env.get_current_time()
    place = campaign.place

    async def one(number: int) -> UUID:
        item_id = await place.report(now)
        await place.accept(item_id, now)
        if number % 25 == 0:
            await place.tell(item_id)
        return item_id

    return await asyncio.gather(*(one(number) for number in range(count)))


async def operations_done(campaign: Campaigning, env: WorkflowEnvironment, operation_id: UUID) -> Any:
    """Do for a bulk operation what the relay does, and wait for it."""
    await campaign.place.tell(operation_id)
    with env.auto_time_skipping_disabled():
        await env.sleep(A_MOMENT)
        async with asyncio.timeout(60):
            assert await campaign.bulk_workflow(operation_id).result() in ("finished", "cancelled")
    return await campaign.operation(operation_id)


async def recomputed(campaign: Campaigning, env: WorkflowEnvironment, phase_id: str, items: list[UUID]) -> None:
    """The phase has opened: its operation runs, and every item has a tighter clock, with both dates in its history."""
    started = await campaign.events("campaign.recomputation_started.v1")
    (operation_id,) = [event.operation_id for event in started if event.phase_id == phase_id]
    operation = await operations_done(campaign, env, operation_id)
    assert (operation.progress.total, operation.progress.done) == (len(items), len(items))
    for item_id in items:
        (changed,) = await campaign.place.events(item_id, "item.limit_changed.v1")
        assert changed.clock.due_at < changed.due_before
        assert changed.clock.policy_version == "sprint@1"


async def voided(campaign: Campaigning, env: WorkflowEnvironment) -> None:
    """The office voids what is left, as one operation that it pauses once and lets go on."""
    now = await env.get_current_time()
    operation_id = BULK.stream(f"void at {now}")
    selection = Selection(campaign_id=campaign.plan.campaign_id)
    start = {"operation_id": operation_id, "operation": Void(), "selection": selection, "reason": "年度清零"}
    await campaign.give(BULK, operation_id, StartBulk, now, **start, total=0)
    await campaign.give(BULK, operation_id, PauseBulk, now, reason="核对")
    await campaign.place.tell(operation_id)
    await campaign.give(BULK, operation_id, ResumeBulk, now, reason="无误")
    assert (await operations_done(campaign, env, operation_id)).status == "finished"


async def test_three_years_go_by_with_every_phase_and_every_duty_on_its_day(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Info, "is_continue_as_new_suggested", lambda self: self.get_current_history_length() > LONG_RUN)
    env = time_skipping
    now = await env.get_current_time()
    year = now.astimezone(SHANGHAI).year + 1
    async with town(database.app, env.client, now) as place:
        campaign = await three_years(place, now, year)
        async with campaign.at_work(runner=UnsandboxedWorkflowRunner()):  # in the sandbox the patch would not be seen
            await campaign.steer(c.StartCampaign, now)
            first_run = (await campaign.workflow.describe()).run_id

            await sleep_until(env, day(year, 9, 28) + timedelta(hours=10))
            assault = await items_under_way(campaign, env, 300)
            await sleep_until(env, day(year, 10, 1) + A_MOMENT)
            await recomputed(campaign, env, "first-inspection", assault)
            await voided(campaign, env)

            await sleep_until(env, day(year + 1, 7, 1) + timedelta(hours=12))
            await campaign.steer(c.PauseCampaign, await env.get_current_time(), reason="台风")
            await sleep_until(env, day(year + 1, 7, 1 + PAUSED_DAYS) + timedelta(hours=12))
            await campaign.steer(c.ResumeCampaign, await env.get_current_time(), reason="台风过境")

            await sleep_until(env, day(year + 2, 1, 8) + timedelta(hours=10))
            improvement = await items_under_way(campaign, env, 200)
            await sleep_until(env, day(year + 2, 1, 1 + PAUSED_DAYS) + A_MOMENT)
            await recomputed(campaign, env, "qualification", improvement)
            await voided(campaign, env)

            await sleep_until(env, day(year + 2, 10, 12) + timedelta(hours=1))
            at_the_gate = (await campaign.workflow.describe()).run_id
            await sleep_until(env, day(year + 6, 1, 4))
            in_maintenance = (await campaign.workflow.describe()).run_id

            assert len({first_run, at_the_gate, in_maintenance}) == 3
            assert "进行中" in await campaign.workflow.query("waiting_for")
            await campaign.steer(c.EndCampaign, await env.get_current_time(), reason="通过验收")
            assert await campaign.workflow.result() == "ended"

        await phases_were_on_their_days(campaign, year)
        await duties_came_once_each(campaign, year)
        await figures_were_asked_for_before_each_phase_closed(campaign)


async def phases_were_on_their_days(campaign: Campaigning, year: int) -> None:
    moved = timedelta(days=PAUSED_DAYS)
    opened = await campaign.events("campaign.phase_opened.v1")
    assert [(event.phase_id, local(event.occurred_at)) for event in opened] == [
        ("publicity", date(year, 1, 5)),
        ("implementation", date(year, 4, 21)),
        ("first-inspection", date(year, 10, 1)),
        ("improvement", date(year + 1, 1, 1)),
        ("qualification", date(year + 2, 1, 1) + moved),
        ("upkeep", date(year + 2, 10, 1) + moved),
    ]
    closed = await campaign.events("campaign.phase_closed.v1")
    assert [(event.phase_id, local(event.occurred_at)) for event in closed] == [
        ("publicity", date(year, 4, 21)),
        ("implementation", date(year, 10, 1)),
        ("first-inspection", date(year + 1, 1, 1)),
        ("improvement", date(year + 2, 1, 1) + moved),
        ("qualification", date(year + 2, 10, 1) + moved),
    ]
    assert not any(event.early for event in closed)


async def duties_came_once_each(campaign: Campaigning, year: int) -> None:
    called = await campaign.events("campaign.duty_called.v1")
    occurrences = Counter((event.duty_id, event.occurrence) for event in called)
    assert set(occurrences.values()) == {1}
    assert all(timedelta(0) <= event.occurred_at - event.occurrence < A_MOMENT for event in called)

    calendar = (await campaign.place.rulebooks.current()).newest_calendar("cn")
    by_duty: dict[str, list[date]] = {}
    for event in called:
        by_duty.setdefault(event.duty_id, []).append(local(event.occurrence))
    implementing = days(date(year, 4, 21), date(year, 9, 30))
    assert by_duty["daily-report"] == [each for each in implementing if calendar.is_working_day(each)]
    assert by_duty["first-sprint-report"] == days(date(year, 10, 1), date(year, 12, 31))
    patrols = [each for each in days(date(year + 2, 10, 11), date(year + 6, 1, 3)) if each.weekday() == 2]
    assert len(by_duty["upkeep-patrol"]) == len(patrols)
    paused = set(days(date(year + 1, 7, 2), date(year + 1, 7, PAUSED_DAYS)))
    assert not paused & {each for dates in by_duty.values() for each in dates}

    owed = {
        (event.duty_id, event.occurrence): count
        for event in await campaign.events("campaign.duty_obligations_opened.v1")
        for count in [event.count]
    }
    assert owed.keys() == occurrences.keys()
    obligations = await campaign.obligations()
    found = Counter((each.record.owed.duty_id, each.record.owed.occurrence) for each in obligations.values())
    assert found == owed


async def figures_were_asked_for_before_each_phase_closed(campaign: Campaigning) -> None:
    assessed = await campaign.events("campaign.gate_assessed.v1")
    assert [event.phase_id for event in assessed] == [phase for phase, _ in campaign.figures.asked]
    assert len(assessed) == 5
    assert all(event.passed for event in assessed)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
