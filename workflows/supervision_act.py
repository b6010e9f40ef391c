"""The process of one act of supervision 督办文书: reminder, order, criticism, summons, card."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.act_steps import ActSteps
    from activities.notices import Moment, Notice, Watch
    from workflows.promptly import at_length, promptly
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import ACT


@workflow.defn
class SupervisionAct:
    """One act, from the rung or the ranking that asks for it until nothing about it follows by itself.

    It waits until the act is to be **issued**: a reminder 催办通知书 when the next working day begins, all else at
    once, in working hours. Where the occasion is gone by then, since the item was closed or lies with another unit,
    the act is **withdrawn** instead; otherwise it gets its number and its documents.

    A reminder, an order 督办单, a criticism 通报批评 or a card is with the unit then, and this process is over; the
    unit may acknowledge and answer all the same. After a summons 约谈 the record of the interview is to be filed:
    this process waits for it, and where it is late **marks** that once.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._vigil = Vigil(watch, ACT)

    @workflow.run
    async def run(self, watch: Watch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and follow up until nothing follows any more; returns the step it ended at."""
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: withdrew it, or recorded the interview."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the act waits for."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(self, waited: Notice, now: datetime) -> Notice:
        due = waited.next_due or ""
        moment = Moment(stream_id=self._watch.stream_id, version=waited.version, due=due, at=now)
        summary = ACT.due(due)
        match due:
            case "issue":
                return await at_length(ActSteps.issue_act, moment, summary)
            case "overdue":
                return await promptly(ActSteps.mark_record_overdue, moment, summary)
            case _:
                raise UnknownDueError(due)
