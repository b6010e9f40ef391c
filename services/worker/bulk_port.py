"""What the work of bulk operations needs of the event store: pages of items, and many commands at a gentle pace."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.bulk.commands import BulkCommand
from domain.bulk.item_commands import prefix_for
from domain.bulk.rejections import NoSuchBulkOperation
from domain.bulk.state import Bulk
from domain.bulk.values import Selection
from domain.errors import Rejection
from domain.item.commands import ItemCommand
from domain.item.state import Item
from domain.rulebook.rulebook import Rulebook
from services.handling.aggregates import BULK, ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.store.bulk_queries import BulkQueries, OpenItems
from services.store.event_store import EventStore
from services.worker.outages import outages_named
from services.worker.ports import StreamsInStore

# So many items share a transaction: few enough that whoever wants one of them waits for some milliseconds only.
_TOGETHER = 20
# After each such transaction so much of its own time is left to everybody else.
_REST = 1.0


@dataclass(frozen=True)
class BulkOperationsInStore(StreamsInStore[Bulk, BulkCommand]):
    """Bulk operations, and the items they work on."""

    aggregate = BULK
    missing = NoSuchBulkOperation

    store: EventStore
    handler: CommandHandler
    choosing: BulkQueries

    async def newest_rules(self) -> Rulebook:
        """The rules as they are now, not as they were a moment ago."""
        with outages_named():
            return await self.rulebooks.current(newest=True)

    async def page(self, selection: Selection, after: UUID | None, limit: int, rules: Rulebook) -> Sequence[UUID]:
        """The ids of the next open items of a selection, in order."""
        with outages_named():
            return await self.choosing.page(chosen(selection, rules), after, limit)

    async def items(self, item_ids: Sequence[UUID]) -> Mapping[UUID, Item]:
        """The items as they stand; ids of other things are absent."""
        with outages_named():
            found = await self.store.states(item_ids)
        return {
            item_id: ITEM.states.validate_json(found[item_id].state)
            for item_id in item_ids
            if item_id in found and found[item_id].kind == ITEM.kind
        }

    async def done_after(self, operation_id: UUID, after: UUID | None) -> Sequence[UUID]:
        """The items beyond one of them for which the operation's command succeeded, in order."""
        prefix = prefix_for(operation_id)
        with outages_named():
            keys = await self.choosing.answered(prefix, f"{prefix}{after or ''}")
        return [UUID(key.removeprefix(prefix)) for key in keys]

    async def carry_out_all(self, commands: Mapping[UUID, ItemCommand]) -> Sequence[str | None]:
        """Carry out a command on each item, by id, leaving room for others; per item None, or the refusal's code."""
        wishes = [Wish(ITEM, item_id, command) for item_id, command in commands.items()]
        answers: list[str | None] = []
        for start in range(0, len(wishes), _TOGETHER):
            began = time.monotonic()
            with outages_named():
                together = await self.handler.handle_together(wishes[start : start + _TOGETHER])
            answers += [answer.code if isinstance(answer, Rejection) else None for answer in together]
            await asyncio.sleep((time.monotonic() - began) * _REST)
        return answers


def chosen(selection: Selection, rules: Rulebook) -> OpenItems:
    """A selection in terms of the list columns; areas with those below them."""
    return OpenItems(
        campaign_id=selection.campaign_id,
        units=selection.units,
        areas=sorted({below for area in selection.areas for below in rules.areas_below(area)}),
        categories=selection.categories,
        statuses=selection.statuses,
        items=selection.items,
    )
