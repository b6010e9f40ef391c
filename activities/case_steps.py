"""What an accountability case does by itself: appends what the domain decides, and nothing twice."""

from dataclasses import dataclass

from temporalio import activity

from activities.notices import Moment, Notice, case_notice
from activities.streams import SERVICE, Standing, Streams, in_temporals_words
from domain.accountability.commands import CaseCommand, FollowUpCase, NotifyUnit
from domain.accountability.following import is_late, wait_until
from domain.accountability.state import Case


@dataclass(frozen=True)
class CaseSteps:
    """The steps that nobody asks for. Each answers with what the case waits for afterwards."""

    cases: Streams[Case, CaseCommand]

    @activity.defn
    async def notify_unit(self, moment: Moment) -> Notice:
        """告知: issue the notice, unless somebody did, or it is not working time; then later."""
        with in_temporals_words():
            standing = await self.cases.standing(moment.stream_id)
            due = wait_until(standing.state, moment.at, standing.rules)
            if due is None or due.what != "notify":
                return _notice(standing, moment)
            if is_late(standing.state, moment.at):  # said even where the notice itself has to wait
                late = FollowUpCase(command_id=f"{moment.key}:late", at=moment.at, actor=SERVICE)
                await self.cases.carry_out(moment.stream_id, late)
            if due.at <= moment.at:
                notify = NotifyUnit(command_id=moment.key, at=moment.at, actor=SERVICE)
                await self.cases.carry_out(moment.stream_id, notify)
            return _notice(await self.cases.standing(moment.stream_id), moment)

    @activity.defn
    async def record_absence_of_statement(self, moment: Moment) -> Notice:
        """The period for the statement is over, and there is none."""
        return await self._follow_up(moment)

    @activity.defn
    async def mark_finding_late(self, moment: Moment) -> Notice:
        """The office is late with its finding."""
        return await self._follow_up(moment)

    @activity.defn
    async def mark_decision_late(self, moment: Moment) -> Notice:
        """The leading group is late with its decision."""
        return await self._follow_up(moment)

    @activity.defn
    async def let_decision_stand(self, moment: Moment) -> Notice:
        """The period for an appeal is over, and there is none: the decision is to be carried out."""
        return await self._follow_up(moment)

    @activity.defn
    async def mark_review_late(self, moment: Moment) -> Notice:
        """The leading group is late with its review."""
        return await self._follow_up(moment)

    @activity.defn
    async def mark_carrying_out_late(self, moment: Moment) -> Notice:
        """The office is late with carrying the decision out."""
        return await self._follow_up(moment)

    async def _follow_up(self, moment: Moment) -> Notice:
        with in_temporals_words():
            command = FollowUpCase(command_id=moment.key, at=moment.at, actor=SERVICE)
            await self.cases.carry_out(moment.stream_id, command)
            return _notice(await self.cases.standing(moment.stream_id), moment)


def _notice(standing: Standing[Case], moment: Moment) -> Notice:
    return case_notice(standing.state, standing.version, moment.at, standing.rules)
