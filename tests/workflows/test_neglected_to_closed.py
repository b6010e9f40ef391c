"""From the first warning of a neglected item to a closed case, and from three weekly rankings to a case: by itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.accountability import commands as c
from domain.accountability.rejections import (
    NotTheAccusedUnit,
    ReviewedByDecider,
    StatementPeriodOver,
    StatementPeriodRuns,
)
from domain.accountability.rules import Measure
from domain.bulletin.commands import PublishBulletin
from domain.bulletin.content import Content, period_of
from domain.document.values import Documents
from domain.errors import Rejection
from domain.indicator.ranking import RankedLine, Ranking
from domain.indicator.standard import STANDARD
from domain.item.commands import ResumeItem, SuspendItem
from domain.item.state import running_clock
from domain.ladder import RUNGS, Rung
from domain.supervision.values import ActKind
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import BULLETIN
from services.handling.command_handler import Wish
from tests.workflows.supervising import DEPUTY, HEAD, UNITS, Supervising, supervising
from tests.workflows.town import HANDLER, OFFICE

CLIMBED = "item.rung_climbed.v1"
DAY = timedelta(days=1)
A_MOMENT = timedelta(seconds=10)


async def neglect(town: Supervising) -> UUID:
    """An item that nobody accepts, suspended after the order and resumed five days later, until its case is opened."""
    item_id = await town.place.report(await town.now())
    clock = running_clock(await town.place.item(item_id))
    assert clock is not None
    supervise = next(step for step in clock.planned if step.rung is Rung.SUPERVISE)
    await town.pass_until(supervise.at + A_MOMENT)
    now = await town.now()
    await town.place.give(SuspendItem, item_id, now, OFFICE, reason="待专项资金", review_on=now + 30 * DAY)
    climbed = await rungs(town, item_id)
    assert climbed == list(RUNGS[:3])
    await town.pass_time(5 * DAY)
    assert await rungs(town, item_id) == climbed
    await town.place.give(ResumeItem, item_id, await town.now(), OFFICE, reason="资金到位")
    clock = running_clock(await town.place.item(item_id))
    assert clock is not None
    assert [step.rung for step in clock.planned] == list(RUNGS[3:])
    assert clock.planned[0].at > supervise.at + 5 * DAY
    await town.pass_until(clock.planned[-1].at + 3 * DAY)
    assert await rungs(town, item_id) == list(RUNGS)
    return item_id


async def rungs(town: Supervising, item_id: UUID) -> list[Rung]:
    return [event.rung for event in await town.place.events(item_id, CLIMBED)]


async def accused(town: Supervising, item_id: UUID) -> UUID:
    """Check what the ladder has brought; returns the case, of which the unit was notified."""
    acts = await town.acts("city-management")
    kinds = [act.file.planned.kind for act in acts]
    assert kinds == [ActKind.REMINDER, ActKind.ORDER, ActKind.CRITICISM, ActKind.SUMMONS]
    assert [act.status for act in acts] == ["issued", "issued", "issued", "summoned"]
    calendar = (await town.place.rulebooks.current()).regime().calendar
    for act in acts:
        assert act.file.issued is not None
        assert act.file.issued.number.sequence == 1
        assert calendar.is_working(act.file.issued.occurred_at)
        await are_kept(town, act.file.issued.documents)
    # The reminder goes out on the working day after the climb, everything else on the spot.
    reminder, order = acts[0].file, acts[1].file
    assert reminder.issued is not None
    assert order.issued is not None
    assert reminder.issued.occurred_at.date() > reminder.planned.occurred_at.date()
    assert order.issued.occurred_at - order.planned.occurred_at < timedelta(minutes=1)

    case = await town.case("city-management")
    opened = case.record.opened
    assert case.status == "notified"
    assert opened.grounds.items == (item_id,)
    numbers = [act.file.issued.number.text for act in acts if act.file.issued]
    assert list(opened.grounds.acts) == numbers
    return opened.case_id


async def are_kept(town: Supervising, documents: Documents) -> None:
    """Both formats of a document lie in the store under the hashes that the event names."""
    kept = await town.documents()
    assert [ref.format for ref in documents] == ["docx", "pdf"]
    assert all(kept[ref.sha256] for ref in documents)


async def refused(
    town: Supervising, refusal: type[Rejection], case_id: UUID, *asked: object, **content: object
) -> None:
    command, actor = asked
    with pytest.raises(refusal):
        await town.handle(case_id, command, actor, **content)  # pyright: ignore[reportArgumentType]


async def test_with_a_statement_and_a_rejected_appeal_the_decision_stands(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with supervising(database, time_skipping) as town:
        case_id = await accused(town, await neglect(town))
        finding = {"finding": "尚未查清", "proposed": Measure.EDUCATION}
        await refused(town, StatementPeriodRuns, case_id, c.RecordFinding, OFFICE, **finding)
        outsider = HANDLER.model_copy(update={"unit": "first"})
        await refused(town, NotTheAccusedUnit, case_id, c.SubmitStatement, outsider, statement="替人申辩")
        await town.handle(case_id, c.SubmitStatement, HANDLER, statement="因人手不足，未能按期办理。")
        await town.find(case_id, Measure.PUBLIC_CRITICISM)
        await town.decide(case_id, Measure.PUBLIC_CRITICISM)
        await town.handle(case_id, c.AppealDecision, HANDLER, reasons="处理过重")
        review = {"upheld": False, "reasons": "原决定事实清楚、处理适当。"}
        await refused(town, ReviewedByDecider, case_id, c.ReviewDecision, HEAD, **review)
        await town.handle(case_id, c.ReviewDecision, DEPUTY, **review)
        await town.handle(case_id, c.CarryOutDecision, OFFICE, account="已在全市通报。")

        assert await town.workflow("case", case_id).result() == "concluded"
        assert await town.case_events(case_id) == [
            "case.opened.v1",
            "case.unit_notified.v1",
            "case.statement_submitted.v1",
            "case.finding_recorded.v1",
            "case.decided.v1",
            "case.appealed.v1",
            "case.reviewed.v1",
            "case.carried_out.v1",
            "case.closed.v1",
        ]
        record = (await town.case("city-management")).record
        assert record.decided is not None
        assert record.reviewed is not None
        assert (record.decided.policy_version, record.decided.decided_by) == ("city@2", HEAD.principal)
        assert (record.reviewed.upheld, record.reviewed.measure) == (False, Measure.PUBLIC_CRITICISM)
        assert record.opened.grounds.items == record.decided.grounds.items
        await are_kept(town, record.decided.documents)
        await are_kept(town, record.reviewed.documents)


async def test_without_a_statement_its_absence_is_recorded_and_an_upheld_appeal_makes_it_milder(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with supervising(database, time_skipping) as town:
        case_id = await accused(town, await neglect(town))
        await town.pass_time(10 * DAY)
        assert (await town.case("city-management")).status == "awaiting_finding"
        late = {"statement": "迟到的申辩"}
        await refused(town, StatementPeriodOver, case_id, c.SubmitStatement, HANDLER, **late)
        await town.find(case_id, Measure.ADMONITION)
        await town.decide(case_id, Measure.ADMONITION)
        await town.handle(case_id, c.AppealDecision, HANDLER, reasons="资金未到位，非我单位所能左右。")
        upheld = {"upheld": True, "measure": Measure.EDUCATION, "reasons": "申诉部分成立。"}
        await town.handle(case_id, c.ReviewDecision, DEPUTY, **upheld)
        await town.handle(case_id, c.CarryOutDecision, OFFICE, account="已批评教育。")

        assert await town.workflow("case", case_id).result() == "concluded"
        happened = await town.case_events(case_id)
        assert "case.statement_absent.v1" in happened
        assert "case.statement_submitted.v1" not in happened
        record = (await town.case("city-management")).record
        assert record.decided is not None
        assert record.reviewed is not None
        assert record.reviewed.points < record.decided.points


async def test_where_nobody_appeals_the_decision_stands_by_itself(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with supervising(database, time_skipping) as town:
        case_id = await accused(town, await neglect(town))
        await town.handle(case_id, c.SubmitStatement, HANDLER, statement="认错。")
        await town.find(case_id, Measure.EDUCATION)
        await town.decide(case_id, Measure.EDUCATION)
        await town.pass_time(10 * DAY)
        assert (await town.case("city-management")).status == "to_carry_out"
        await town.handle(case_id, c.CarryOutDecision, OFFICE, account="已批评教育。")
        assert await town.workflow("case", case_id).result() == "concluded"


async def publish(town: Supervising, order: tuple[str, ...]) -> None:
    """The bulletin of the week that is under way, with the units in order, best first."""
    now = await town.now()
    year, week, _ = now.astimezone(ZoneInfo("Asia/Shanghai")).isocalendar()
    period = period_of("weekly", f"{year}-W{week:02d}", "Asia/Shanghai")
    lines = tuple(
        RankedLine(code=code, rank=place, score=Decimal(100 - place), figures=())
        for place, code in enumerate(order, start=1)
    )
    ranking = Ranking(ranking_id=STANDARD.rankings[0].ranking_id, lines=lines, red=(), black=())
    content = Content(period=period, as_of=now, position=0, formulas=STANDARD.ref, figures=(), rankings=(ranking,))
    command = PublishBulletin(
        command_id=f"bulletin:{period.label}", at=now, actor=OFFICE, kind="weekly", content=content
    )
    stream = BULLETIN.stream(f"\nweekly\n{period.label}")
    await town.place.handler.handle(Wish(BULLETIN, stream, command, new=True))
    await town.settle()


async def test_a_unit_at_the_bottom_of_three_weekly_rankings_gets_its_case_without_anyone_touching_it(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    better = ("third", "city-management", "fourth", "second", "first")
    async with supervising(database, time_skipping) as town:
        began: datetime = await town.now()
        for week, order in enumerate((UNITS, better, UNITS)):
            await town.pass_until(began + timedelta(weeks=week))
            await publish(town, order)
        await town.pass_time(5 * DAY)

        summonses = await town.acts("fourth")
        assert [act.file.planned.summoned_by for act in summonses] == ["city_leader", "personnel_department"]
        for summons in summonses:
            assert summons.status == "summoned"
            assert summons.file.issued is not None
            await are_kept(town, summons.file.issued.documents)
        case = await town.case("fourth")
        assert case.status == "notified"
        assert len(case.record.opened.grounds.bulletins) == 3
        # One that was better in the week between is summoned as for the first time.
        assert [act.file.planned.summoned_by for act in await town.acts("third")] == ["city_leader"] * 2
        assert await town.pool.fetchval("SELECT count(*) FROM es.current_state WHERE kind = 'case'") == 1
