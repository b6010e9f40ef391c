"""Comparing the items that are not over with the workflows that run, and arming what nobody watches."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

_PAGE = 100


class Findings(BaseModel):
    """How many items are not over, and how many of them nobody watched; those are armed again."""

    model_config = ConfigDict(frozen=True)

    unfinished: int
    unwatched: int


class Watches(Protocol):
    """The items of the event store, and the workflows that watch them."""

    async def unfinished(self) -> Sequence[UUID]:
        """The items that are not over."""
        ...

    def watched(self) -> AsyncIterator[UUID]:
        """The items whose workflows run, as far as Temporal's visibility can tell."""
        ...

    async def watch(self, item_ids: Sequence[UUID]) -> None:
        """See to it that a workflow runs for each; where one does, nothing changes."""
        ...


@dataclass(frozen=True)
class Reconciling:
    """The activity behind the reconciliation. Visibility lags, so some items are armed that needed it not: harmless."""

    watches: Watches

    @activity.defn
    async def watch_the_unwatched(self) -> Findings:
        """Go through all workflows that run; arm what is left over, a page at a time. Shapes: ids of all in memory."""
        # First what should be, then what is: an item that is over by then does not look as if nobody watched it.
        unwatched = dict.fromkeys(await self.watches.unfinished())
        unfinished = len(unwatched)
        seen = 0
        async for item_id in self.watches.watched():
            unwatched.pop(item_id, None)
            seen += 1
            if seen % _PAGE == 0:
                activity.heartbeat(seen)
        lost = list(unwatched)
        for start in range(0, len(lost), _PAGE):
            page = lost[start : start + _PAGE]
            activity.logger.warning("items nobody watched", extra={"items": [str(item_id) for item_id in page]})
            activity.heartbeat(start)
            await self.watches.watch(page)
        return Findings(unfinished=unfinished, unwatched=len(lost))
