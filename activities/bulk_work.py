"""The work of a bulk operation: one page of items after the other, each item one command, each page recorded once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from temporalio import activity

from activities.notices import Moment, Notice, bulk_notice
from activities.streams import SERVICE, Streams, in_temporals_words
from domain.bulk.commands import BulkCommand, RecordBulkProgress
from domain.bulk.item_commands import NOT_ROUTED, command_for
from domain.bulk.state import Bulk, Progress, Working
from domain.bulk.values import Merge, Selection
from domain.item.commands import ItemCommand
from domain.item.state import OPEN_STATUSES, Item
from domain.rulebook.rulebook import Rulebook

PAGE = 200


class BulkOperations(Streams[Bulk, BulkCommand], Protocol):
    """The bulk operations of the event store, and the items they work on."""

    async def newest_rules(self) -> Rulebook:
        """The rules as they are now, not as they were a moment ago."""
        ...

    async def page(self, selection: Selection, after: UUID | None, limit: int, rules: Rulebook) -> Sequence[UUID]:
        """The ids of the next open items of a selection, in order."""
        ...

    async def items(self, item_ids: Sequence[UUID]) -> Mapping[UUID, Item]:
        """The items as they stand; ids of other things are absent."""
        ...

    async def done_after(self, operation_id: UUID, after: UUID | None) -> Sequence[UUID]:
        """The items beyond one of them for which the operation's command succeeded, in order."""
        ...

    async def carry_out_all(self, commands: Mapping[UUID, ItemCommand]) -> Sequence[str | None]:
        """Carry out a command on each item, by id, leaving room for others; per item None, or the refusal's code."""
        ...


@dataclass(frozen=True)
class BulkWork:
    """What the workflow of a bulk operation asks for, page by page."""

    operations: BulkOperations

    @activity.defn
    async def work_through_page(self, moment: Moment) -> Notice:
        """Work through the next page, unless somebody paused; a page that runs again asks no item twice."""
        with in_temporals_words():
            standing = await self.operations.standing(moment.stream_id)
            if isinstance(standing.state, Working):
                await self._work(moment, standing.state.progress)
                standing = await self.operations.standing(moment.stream_id)
        return bulk_notice(standing.state, standing.version)

    async def _work(self, moment: Moment, progress: Progress) -> None:
        rules = await self.operations.newest_rules()
        page = await self.operations.page(progress.selection, progress.cursor, PAGE, rules)
        refusals = await self._ask(page, progress, moment.at, rules)
        # What an attempt did that was cut short counts too, though it may not be in the selection any more.
        done = await self.operations.done_after(progress.operation_id, progress.cursor)
        reached = [*page[-1:], *done[-1:]]
        recorded = RecordBulkProgress(
            command_id=f"bulk-page:{progress.operation_id}:{progress.cursor}:{len(page)}:{moment.at.isoformat()}",
            at=moment.at,
            actor=SERVICE,
            after=progress.cursor,
            cursor=max(reached, default=progress.cursor),
            done=len(done),
            skipped=refusals.total(),
            refusals=dict(refusals),
            exhausted=len(page) < PAGE,
        )
        await self.operations.carry_out(moment.stream_id, recorded)

    async def _ask(self, page: Sequence[UUID], progress: Progress, at: datetime, rules: Rulebook) -> Counter[str]:
        items = await self.operations.items(page)
        into_is_open = await self._carries_on(progress)
        asked: dict[UUID, ItemCommand] = {}
        for item_id, item in items.items():
            command = command_for(progress, item, at, rules, into_is_open=into_is_open)
            if command is not None:
                asked[item_id] = command
        answers = await self.operations.carry_out_all(asked)
        refusals = Counter(code for code in answers if code is not None)
        if len(asked) < len(items):
            refusals[NOT_ROUTED] = len(items) - len(asked)
        return refusals

    async def _carries_on(self, progress: Progress) -> bool:
        if not isinstance(progress.operation, Merge):
            return False
        into = (await self.operations.items([progress.operation.into])).get(progress.operation.into)
        return into is not None and into.status in OPEN_STATUSES
