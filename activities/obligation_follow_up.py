"""What follows by itself about an obligation of a campaign: appends what the domain decides, and nothing twice."""

from dataclasses import dataclass

from temporalio import activity

from activities.notices import Moment, Notice, obligation_notice
from activities.streams import SERVICE, Streams, in_temporals_words
from domain.obligation.commands import FollowUpObligation, ObligationCommand
from domain.obligation.state import Obligation


@dataclass(frozen=True)
class ObligationFollowUp:
    """The steps that nobody asks for. Each answers with what the obligation waits for afterwards."""

    obligations: Streams[Obligation, ObligationCommand]

    @activity.defn
    async def mark_obligation_overdue(self, moment: Moment) -> Notice:
        """超期: record that the deadline has passed."""
        return await self._follow_up(moment)

    @activity.defn
    async def mark_milestone_missed(self, moment: Moment) -> Notice:
        """倒排工期: record that a milestone was not reached on its day."""
        return await self._follow_up(moment)

    @activity.defn
    async def climb_obligation_rung(self, moment: Moment) -> Notice:
        """督办升级: climb the rung, unless somebody acted first or it is not working time."""
        return await self._follow_up(moment)

    async def _follow_up(self, moment: Moment) -> Notice:
        with in_temporals_words():
            command = FollowUpObligation(command_id=moment.key, at=moment.at, actor=SERVICE)
            await self.obligations.carry_out(moment.stream_id, command)
            standing = await self.obligations.standing(moment.stream_id)
        return obligation_notice(standing.state, standing.version, moment.at, standing.rules)
