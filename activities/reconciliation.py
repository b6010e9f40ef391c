"""Comparing what is not over with the workflows that run, and arming what nobody watches."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

_PAGE = 100


class Findings(BaseModel):
    """How many things are not over, and how many of them nobody watched; those are armed again."""

    model_config = ConfigDict(frozen=True)

    unfinished: int
    unwatched: int


class Watches(Protocol):
    """What the event store has under way, and the workflows that watch it."""

    async def unfinished(self) -> Sequence[UUID]:
        """What is not over: items, campaigns, obligations, bulk operations."""
        ...

    async def under_way(self, stream_ids: Sequence[UUID]) -> Collection[UUID]:
        """Which of these are so young that somebody else may be about to see to it, or that it does not show yet."""
        ...

    def watched(self) -> AsyncIterator[UUID]:
        """Whose workflows run, as far as Temporal's visibility can tell."""
        ...

    async def watch(self, stream_ids: Sequence[UUID]) -> None:
        """See to it that a workflow runs for each; where one does, nothing changes."""
        ...


@dataclass(frozen=True)
class Reconciling:
    """The activity behind the reconciliation. What is armed although it was watched takes no harm."""

    watches: Watches

    @activity.defn
    async def watch_the_unwatched(self) -> Findings:
        """Go through all workflows that run; arm what is left over, a page at a time. Shapes: ids of all in memory."""
        # First what should be, then what is: what is over by then does not look as if nobody watched it.
        unwatched = dict.fromkeys(await self.watches.unfinished())
        unfinished = len(unwatched)
        seen = 0
        async for stream_id in self.watches.watched():
            unwatched.pop(stream_id, None)
            seen += 1
            if seen % _PAGE == 0:
                activity.heartbeat(seen)
        missing, armed = list(unwatched), 0
        for start in range(0, len(missing), _PAGE):
            activity.heartbeat(start)
            page = missing[start : start + _PAGE]
            young = await self.watches.under_way(page)
            if lost := [stream_id for stream_id in page if stream_id not in young]:
                activity.logger.warning("nobody watched these", extra={"streams": [str(each) for each in lost]})
                await self.watches.watch(lost)
                armed += len(lost)
        return Findings(unfinished=unfinished, unwatched=armed)
