"""What follows by itself about a rectification item: appends what the domain decides, and nothing twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.notices import DueMoment, Notice, notice_of
from activities.streams import SERVICE, Streams, in_temporals_words
from domain.item.commands import FollowUp, ItemCommand, LinkRecurrence, ReportIssue
from domain.item.rejections import AlreadyReported
from domain.item.state import Item, Recurred

RECURRENCE_SOURCE = "duban:recurrence"


class Items(Streams[Item, ItemCommand], Protocol):
    """The items of the event store."""

    async def draw_number(self, at: datetime) -> str:
        """Draw the number of an item that is reported at an instant."""
        ...


@dataclass(frozen=True)
class ItemFollowUp:
    """The steps that nobody asks for. Each answers with what the item waits for afterwards."""

    items: Items

    @activity.defn
    async def mark_overdue(self, moment: DueMoment) -> Notice:
        """超期: record that the deadline of the step has passed."""
        return await self._follow_up(moment)

    @activity.defn
    async def climb_rung(self, moment: DueMoment) -> Notice:
        """督办升级: climb the rung, unless somebody acted first or it is not working time."""
        return await self._follow_up(moment)

    @activity.defn
    async def hold_to_account(self, moment: DueMoment) -> Notice:
        """责任追究: climb the last rung, which records that an accountability case is due."""
        return await self._follow_up(moment)

    @activity.defn
    async def call_for_review(self, moment: DueMoment) -> Notice:
        """缓办复核: record that the review date of a suspension has come."""
        return await self._follow_up(moment)

    @activity.defn
    async def open_recurrence(self, moment: DueMoment) -> Notice:
        """反弹: report the item that carries on, then link it."""
        with in_temporals_words():
            standing = await self.items.standing(moment.item_id)
            if isinstance(standing.state, Recurred) and not standing.state.linked:
                await self._report_again(standing.state, moment)
                await self.items.carry_out(
                    moment.item_id,
                    LinkRecurrence(command_id=f"link-recurrence:{moment.item_id}", at=moment.at, actor=SERVICE),
                )
        return await self._notice(moment)

    async def _follow_up(self, moment: DueMoment) -> Notice:
        key = f"follow-up:{moment.item_id}:{moment.version}:{moment.due}:{moment.at.isoformat()}"
        with in_temporals_words():
            await self.items.carry_out(moment.item_id, FollowUp(command_id=key, at=moment.at, actor=SERVICE))
        return await self._notice(moment)

    async def _report_again(self, item: Recurred, moment: DueMoment) -> None:
        issue = item.dossier.issue.model_copy(
            # The source stays: whoever reported the first follows the second as well.
            update={"source_id": f"recurrence:{moment.item_id}", "evidence": ()}
        )
        # The recurrence may have been recorded by a clock that is a little ahead of ours.
        at = max(moment.at, item.dossier.updated_at)
        report = ReportIssue(
            command_id=f"open-recurrence:{moment.item_id}",
            at=at,
            actor=SERVICE,
            item_id=item.new_item,
            number=await self.items.draw_number(at),
            issue=issue,
            reported_at=item.dossier.updated_at,
            recurrence_of=moment.item_id,
        )
        try:
            await self.items.carry_out(item.new_item, report)
        except AlreadyReported:
            return  # whoever recorded the recurrence named an item that exists: it carries on

    async def _notice(self, moment: DueMoment) -> Notice:
        with in_temporals_words():
            standing = await self.items.standing(moment.item_id)
        return notice_of(standing.state, standing.version, moment.at, standing.rules)
