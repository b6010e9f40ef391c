"""The process of an accountability case 问责案件 against a unit."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case_steps import CaseSteps
    from activities.notices import Moment, Notice, Watch
    from workflows.promptly import at_length, promptly
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import CASE


@workflow.defn
class AccountabilityCase:
    """One case, from the day it is opened until it is closed or withdrawn.

    1. notify 告知: the unit learns what it is accused of, in working hours;
    2. statement 申辩: the unit makes it in time, or its absence is recorded;
    3. finding 调查认定 by the office;
    4. decision 问责决定 by the leading group; without fault that is the end;
    5. appeal 申诉 by the unit in time, or its absence is recorded and the decision stands;
    6. review 复核 of an appealed decision, by another of the leading group;
    7. carried out 执行 by the office, and closed 结案.

    Whoever is late with a step is marked so, once, and the case goes on.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._vigil = Vigil(watch, CASE)

    @workflow.run
    async def run(self, watch: Watch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and follow up until the case is over; returns the step it ended at."""
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: notified, stated, found, decided, appealed, reviewed, carried out, withdrew."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the case waits for."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(  # noqa: PLR0911 - one branch per step is the point
        self, waited: Notice, now: datetime
    ) -> Notice:
        due = waited.next_due or ""
        moment = Moment(stream_id=self._watch.stream_id, version=waited.version, due=due, at=now)
        summary = CASE.due(due)
        match waited.step, due:
            case "opened", "notify":
                return await at_length(CaseSteps.notify_unit, moment, summary)
            case "notified", "statement_over":
                return await promptly(CaseSteps.record_absence_of_statement, moment, summary)
            case "awaiting_finding", "overdue":
                return await promptly(CaseSteps.mark_finding_late, moment, summary)
            case "awaiting_decision", "overdue":
                return await promptly(CaseSteps.mark_decision_late, moment, summary)
            case "decided", "appeal_over":
                return await promptly(CaseSteps.let_decision_stand, moment, summary)
            case "under_review", "overdue":
                return await promptly(CaseSteps.mark_review_late, moment, summary)
            case "to_carry_out", "overdue":
                return await promptly(CaseSteps.mark_carrying_out_late, moment, summary)
            case _:
                raise UnknownDueError(due)
