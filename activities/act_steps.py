"""What follows by itself about an act of supervision: it is issued in its time, and a late record is marked."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from temporalio import activity

from activities.notices import Moment, Notice, act_notice
from activities.streams import SERVICE, Standing, Streams, in_temporals_words
from domain.accountability.values import Cause
from domain.item.state import Item
from domain.obligation.state import Obligation
from domain.supervision.commands import ActCommand, FollowUpAct, IssueAct, WithdrawAct
from domain.supervision.following import to_be_issued
from domain.supervision.occasion import reason_gone
from domain.supervision.rejections import ActNotInStep
from domain.supervision.state import Act


class Acts(Streams[Act, ActCommand], Protocol):
    """The acts of the event store, and what gave rise to them."""

    async def issue(self, act_id: UUID, command: IssueAct) -> None:
        """Give the act its number and its documents and append; raises a Rejection where a rule says no."""
        ...

    async def source_of(self, cause: Cause) -> Item | Obligation | None:
        """The item or obligation that climbed the rung; None where nothing did."""
        ...


@dataclass(frozen=True)
class ActSteps:
    """The steps that nobody asks for. Each answers with what the act waits for afterwards."""

    acts: Acts

    @activity.defn
    async def issue_act(self, moment: Moment) -> Notice:
        """制发: issue it with number and documents, or withdraw it where its occasion is gone."""
        with in_temporals_words():
            standing = await self.acts.standing(moment.stream_id)
            if to_be_issued(standing.state, moment.at, standing.rules):
                # Somebody may withdraw it at this very moment: then that is how it stands.
                with suppress(ActNotInStep):
                    await self._issue(standing.state, moment)
                standing = await self.acts.standing(moment.stream_id)
        return _notice(standing, moment)

    @activity.defn
    async def mark_record_overdue(self, moment: Moment) -> Notice:
        """约谈记录逾期: mark that the interview was not recorded in time."""
        with in_temporals_words():
            command = FollowUpAct(command_id=moment.key, at=moment.at, actor=SERVICE)
            await self.acts.carry_out(moment.stream_id, command)
            standing = await self.acts.standing(moment.stream_id)
        return _notice(standing, moment)

    async def _issue(self, act: Act, moment: Moment) -> None:
        planned = act.file.planned
        gone = reason_gone(planned, await self.acts.source_of(planned.cause), moment.at)
        if gone is None:
            await self.acts.issue(moment.stream_id, IssueAct(command_id=moment.key, at=moment.at, actor=SERVICE))
        else:
            withdraw = WithdrawAct(command_id=moment.key, at=moment.at, actor=SERVICE, reason=gone)
            await self.acts.carry_out(moment.stream_id, withdraw)


def _notice(standing: Standing[Act], moment: Moment) -> Notice:
    return act_notice(standing.state, standing.version, moment.at, standing.rules)
