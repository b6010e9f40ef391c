"""A campaign on everything that runs in earnest: sequencer, projector, relay, worker and a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from activities.campaign_steps import FiguresBehindError
from domain.campaign import commands as c
from domain.campaign.plan import CampaignPlan, Condition, Gate, PhaseKind, Target
from domain.designation.commands import GrantDesignation
from domain.limits import Limit, LimitKind
from domain.obligation import commands as o
from domain.obligation.identity import letter_key
from domain.obligation.values import LetterOwed
from domain.organisation.commands import RegisterArea
from domain.organisation.state import Area
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import AREA, CAMPAIGN, DESIGNATION, OBLIGATION
from services.handling.command_handler import Wish
from services.projector.projector import Projector
from services.relay.relay import Relay
from services.sequencer.sequencer import Sequencer
from services.settings import Settings
from services.store.pools import open_pool
from services.temporal.watched import workflow_id
from services.worker.gate_values import GateValues
from services.worker.rearm import rearm
from services.worker.worker import make_worker
from tests.workflows.campaigning import Campaigning, text, three_years
from tests.workflows.town import HANDLER, OFFICE, town
from workflows.search_attributes import CAMPAIGN as OF_CAMPAIGN
from workflows.search_attributes import CATEGORY, STEP

QUEUE = "campaigns"
DAY = timedelta(days=1)
GATE = Gate(
    conditions=(
        Condition(indicator="letters_signed", at_least=Decimal(1)),
        Condition(indicator="open_items_above_supervision", at_most=Decimal(0)),
        Condition(indicator="targets_met", at_least=Decimal(1)),
    )
)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the condition lies in other processes
            await asyncio.sleep(0.05)


@asynccontextmanager
async def everything(database: DatabaseAddresses, place: Any, pool: asyncpg.Pool) -> AsyncIterator[None]:
    """All processes but the gateway, in this one."""
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(Sequencer(database.sequencer).run(stopping)),
        asyncio.create_task(Projector(database.app).run(stopping)),
        asyncio.create_task(Relay(pool, place.arming).run(stopping)),
    ]
    try:
        async with make_worker(place.client, pool, QUEUE):
            yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)


def in_the_sprint(plan: CampaignPlan, now: datetime) -> CampaignPlan:
    """The plan cut down to a rectification that is over and a sprint whose last day is today."""
    today = (now + timedelta(hours=8)).date()
    before, sprint = plan.phases[1:3]
    target = Target(
        target_id="one",
        name=text("示范小区"),
        designation="model",
        area_kind="street",
        by=today,
        count=1,
    )
    phases = (
        before.model_copy(
            update={"first_day": today - 9 * DAY, "last_day": today - 5 * DAY, "duties": (), "gate": None}
        ),
        sprint.model_copy(
            update={
                "kind": PhaseKind.SPRINT,
                "first_day": today - 4 * DAY,
                "last_day": today,
                "duties": (),
                "gate": GATE,
                "targets": (target,),
            }
        ),
    )
    return plan.model_copy(update={"phases": phases})


async def letter_issued(campaign: Campaigning, now: datetime, unit: str = "city-management") -> UUID:
    """A letter that is issued to a unit."""
    plan = campaign.plan
    obligation_id = OBLIGATION.stream(letter_key(plan.campaign_id, "letter-1", unit))
    issue = o.IssueLetter(
        command_id=f"issue:{obligation_id}",
        at=now,
        actor=OFFICE,
        obligation_id=obligation_id,
        campaign_id=plan.campaign_id,
        unit=unit,
        title=text("责任书"),
        owed=LetterOwed(letter_id="letter-1", signatory="head-1"),
        limit=Limit(kind=LimitKind.WORKING_DAYS, amount=5),
    )
    await campaign.place.handler.handle(Wish(OBLIGATION, obligation_id, issue, new=True))
    return obligation_id


async def sign(campaign: Campaigning, obligation_id: UUID, now: datetime) -> None:
    command = o.SignLetter(command_id=f"sign:{obligation_id}", at=now, actor=HANDLER)
    await campaign.place.handler.handle(Wish(OBLIGATION, obligation_id, command))


async def test_a_campaign_started_late_opens_its_sprint_recomputes_and_assesses_with_real_figures(
    database: DatabaseAddresses, temporal_server: Any
):
    now = datetime.now(UTC)
    client = await temporal_server.connect()
    async with (
        town(database.app, client, now, task_queue=QUEUE) as place,
        await open_pool(database.app) as pool,
    ):
        campaign = await three_years(place, now, now.year)
        plan = in_the_sprint(campaign.plan, now)
        await campaign.give(CAMPAIGN, campaign.stream_id, c.ChangePlan, now, plan=plan, reason="推迟")
        async with everything(database, place, pool):
            letter = await letter_issued(campaign, now)
            watched = client.get_workflow_handle(workflow_id("obligation", letter))

            async def is_there(workflow: WorkflowHandle[Any, Any]) -> bool:
                return bool([each async for each in client.list_workflows(f"WorkflowId = '{workflow.id}'")])

            await until(lambda: is_there(watched))
            assert (await watched.describe()).typed_search_attributes[CATEGORY] == "letter"
            await sign(campaign, letter, now)
            assert await watched.result() == "fulfilled"

            await campaign.give(CAMPAIGN, campaign.stream_id, c.StartCampaign, now)

            async def assessed() -> bool:
                return bool(await campaign.events("campaign.gate_assessed.v1"))

            await until(assessed)
            (opened,) = await campaign.events("campaign.phase_opened.v1")
            (started,) = await campaign.events("campaign.started.v1")
            (recomputation,) = await campaign.events("campaign.recomputation_started.v1")
            (gate,) = await campaign.events("campaign.gate_assessed.v1")
            assert (opened.phase_id, started.passed_over) == ("first-inspection", ("implementation",))
            values = {result.indicator: result.value for result in gate.results}
            assert values == {"letters_signed": 1, "open_items_above_supervision": 0, "targets_met": 0}
            assert not gate.passed
            recomputing = campaign.bulk_workflow(recomputation.operation_id)
            await until(lambda: is_there(recomputing))
            assert await recomputing.result() == "finished"
            described = await campaign.workflow.describe()
            assert described.typed_search_attributes[OF_CAMPAIGN] == plan.campaign_id
            assert described.typed_search_attributes[STEP] == "running"

            await campaign.workflow.terminate()
            settings = Settings(
                database_app_url=database.app, temporal_address=temporal_server.address, task_queue=QUEUE
            )
            assert (await rearm(settings)).items == 1
            assert (await campaign.workflow.describe()).status is WorkflowExecutionStatus.RUNNING
            await campaign.give(CAMPAIGN, campaign.stream_id, c.EndCampaign, datetime.now(UTC), reason="试验结束")
            assert await campaign.workflow.result() == "ended"


class TestTheFiguresOfAGate:
    async def test_obligations_and_targets_count_as_they_stand(self, database: DatabaseAddresses, temporal_server: Any):
        now = datetime.now(UTC)
        async with (
            town(database.app, await temporal_server.connect(), now) as place,
            await open_pool(database.app) as pool,
        ):
            campaign = await three_years(place, now, now.year)
            plan = in_the_sprint(campaign.plan, now)
            figures = GateValues(pool, place.rulebooks)
            codes = ("letters_signed", "tasks_accepted", "targets_met")
            nothing = await figures.values(plan, "first-inspection", codes, now)
            assert nothing == {"letters_signed": None, "tasks_accepted": None, "targets_met": 0}
            earlier = await figures.values(plan, "implementation", codes, now)
            assert earlier["targets_met"] is None

            letters = [await letter_issued(campaign, now, unit) for unit in campaign.plan.units]
            await sign(campaign, letters[0], now)
            street = Area(code="new-town", name=text("新城"), kind="street")
            await campaign.give(AREA, AREA.stream("new-town"), RegisterArea, now, area=street)
            await campaign.give(CAMPAIGN, campaign.stream_id, c.ChangePlan, now, plan=plan, reason="推迟")
            await campaign.give(CAMPAIGN, campaign.stream_id, c.StartCampaign, now)
            await place.rulebooks.current(newest=True)
            designated = DESIGNATION.stream(f"{plan.campaign_id}\nmodel\nnew-town")
            granting = {"campaign_id": plan.campaign_id, "designation": "model", "area": "new-town"}
            await campaign.give(DESIGNATION, designated, GrantDesignation, now, **granting)
            after = await figures.values(plan, "first-inspection", codes, now)
            assert after == {"letters_signed": Decimal("0.5"), "tasks_accepted": None, "targets_met": 1}

    async def test_figures_of_items_wait_until_the_facts_know_everything(
        self, database: DatabaseAddresses, temporal_server: Any, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("services.worker.gate_values._BETWEEN_LOOKS_SECONDS", 0)
        now = datetime.now(UTC)
        async with (
            town(database.app, await temporal_server.connect(), now) as place,
            await open_pool(database.app) as pool,
        ):
            campaign = await three_years(place, now, now.year)
            stopping = asyncio.Event()
            sequencing = asyncio.create_task(Sequencer(database.sequencer).run(stopping))

            async def sequenced() -> bool:
                return await place.store.log_size() > 0

            await until(sequenced)
            stopping.set()
            await sequencing
            figures = GateValues(pool, place.rulebooks)
            with pytest.raises(FiguresBehindError):
                await figures.values(campaign.plan, "implementation", ("closure",), now)
