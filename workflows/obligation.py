"""The process of one obligation of a campaign: an occurrence of a duty 常态任务, a task 任务, a letter 责任书."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices import Moment, Notice, Watch
    from activities.obligation_follow_up import ObligationFollowUp
    from workflows.promptly import promptly
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import OBLIGATION


@workflow.defn
class Obligation:
    """One obligation, from the day it is handed out until it is fulfilled or withdrawn.

    The unit reports, completes or signs in the event store. Where it does not, this process marks the milestones of a
    task as missed on their days 倒排工期, marks the obligation overdue at its deadline, and climbs the ladder 督办阶梯
    as with items: warn, remind, supervise, criticise, summon, hold to account.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._vigil = Vigil(watch, OBLIGATION)

    @workflow.run
    async def run(self, watch: Watch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and follow up until the obligation is over; returns the step it ended at."""
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: reported, submitted, signed, accepted, returned."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the obligation waits for."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(self, waited: Notice, now: datetime) -> Notice:
        due = waited.next_due or ""
        moment = Moment(stream_id=self._watch.stream_id, version=waited.version, due=due, at=now)
        summary = OBLIGATION.due(due)
        match due:
            case "milestone":
                return await promptly(ObligationFollowUp.mark_milestone_missed, moment, summary)
            case "overdue":
                return await promptly(ObligationFollowUp.mark_obligation_overdue, moment, summary)
            case "warn" | "remind" | "supervise" | "criticise" | "summon" | "hold_to_account":
                return await promptly(ObligationFollowUp.climb_obligation_rung, moment, summary)
            case _:
                raise UnknownDueError(due)
