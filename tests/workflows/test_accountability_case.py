"""Accountability cases from opened to closed in skipped time: heard or silent, appealed or not, late or withdrawn."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from activities.notices import Moment
from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.rules import Measure
from domain.accountability.state import running_clock
from domain.clock import ClockKind
from services.embedded.databases import DatabaseAddresses
from tests.workflows.accusing import A_MOMENT, DEPUTY, LEADER, accuse, accused
from tests.workflows.town import HANDLER, OFFICE


async def test_a_silent_unit_is_decided_about_and_the_decision_stands_without_an_appeal(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        (opened,) = await case.events(e.CaseOpened)
        (notified,) = await case.events(e.UnitNotified)
        calendar = (await case.place.rulebooks.current()).regime().calendar
        assert calendar.is_working(notified.occurred_at)
        assert notified.occurred_at >= opened.occurred_at
        assert [(ref.kind, ref.format) for ref in notified.documents] == [
            ("case_notice", "docx"),
            ("case_notice", "pdf"),
        ]
        assert "申辩期" in await case.workflow.query("waiting_for")

        due_at = await case.pass_the_deadline()
        (absent,) = await case.events(e.StatementAbsent)
        assert due_at == absent.due_at
        assert due_at <= absent.occurred_at < due_at + A_MOMENT

        await case.do(c.RecordFinding, OFFICE, finding="属实", proposed=Measure.EDUCATION)
        await case.do(c.DecideCase, LEADER, measure=Measure.PUBLIC_CRITICISM, reasons="多次督办未改")
        due_at = await case.pass_the_deadline()
        (lapsed,) = await case.events(e.AppealPeriodLapsed)
        assert due_at == lapsed.due_at
        await case.do(c.CarryOutDecision, OFFICE, account="已通报")
        assert await case.workflow.result() == "concluded"
        assert (await case.events())[-1].basis == "carried_out"


async def test_a_heard_unit_appeals_in_time_and_whoever_is_late_is_marked_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        await case.do(c.SubmitStatement, HANDLER, statement="已增派人手")
        await case.pass_the_deadline()
        await case.do(c.RecordFinding, OFFICE, finding="部分属实", proposed=Measure.EDUCATION)
        await case.pass_the_deadline()
        await case.do(c.DecideCase, LEADER, measure=Measure.ADMONITION, reasons="情节较重")
        await case.do(c.AppealDecision, HANDLER, reasons="处理过重")
        await case.pass_the_deadline()
        await time_skipping.sleep(timedelta(days=3))
        await case.do(c.ReviewDecision, DEPUTY, upheld=True, measure=Measure.EDUCATION, reasons="已整改")
        await case.pass_the_deadline()
        late = [event.kind for event in await case.events(e.CaseFellOverdue)]
        assert late == [ClockKind.FINDING, ClockKind.DECISION, ClockKind.REVIEW, ClockKind.CARRY_OUT]
        assert await case.events(e.StatementAbsent, e.AppealPeriodLapsed) == []
        await case.do(c.CarryOutDecision, OFFICE, account="已批评教育")
        assert await case.workflow.result() == "concluded"


async def test_a_case_without_fault_and_a_withdrawn_one_are_over(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        await case.do(c.SubmitStatement, HANDLER, statement="责任在建设单位")
        await case.do(c.RecordFinding, OFFICE, finding="责任不在该单位", proposed=Measure.NO_FAULT)
        await case.do(c.DecideCase, LEADER, measure=Measure.NO_FAULT, reasons="责任不在该单位")
        assert await case.workflow.result() == "concluded"

        other = await accuse(case.place, time_skipping)
        await other.do(c.WithdrawCase, OFFICE, reason="立案对象有误")
        assert await other.workflow.result() == "withdrawn"


async def test_steps_that_run_twice_change_nothing_the_second_time(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        (notified,) = await case.events(e.UnitNotified)
        stored = await case.place.store.state(case.case_id)
        assert stored is not None
        again = Moment(stream_id=case.case_id, version=1, due="notify", at=notified.occurred_at)
        answer = await case.steps.notify_unit(again)
        assert (answer.version, answer.step, answer.next_due) == (stored.version, "notified", "statement_over")
        early = Moment(stream_id=case.case_id, version=2, due="statement_over", at=notified.occurred_at)
        assert (await case.steps.record_absence_of_statement(early)).version == stored.version


async def test_a_notice_that_is_late_is_marked_so_before_it_goes_out(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        forgotten = await accuse(case.place, time_skipping, watched=False)
        clock = running_clock(await forgotten.state())
        assert clock is not None
        assert clock.due_at is not None
        calendar = (await case.place.rulebooks.current()).regime().calendar
        evening = clock.due_at.replace(hour=12)  # 20:00 in the town
        for at in (evening, calendar.next_working_instant(evening)):
            answer = await forgotten.steps.notify_unit(
                Moment(stream_id=forgotten.case_id, version=1, due="notify", at=at)
            )
            assert answer.step == ("opened" if at == evening else "notified")
        assert [event.type for event in await forgotten.events()] == [
            *("case.opened.v1", "case.fell_overdue.v1", "case.unit_notified.v1")
        ]
