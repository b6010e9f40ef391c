"""Comparing the items that are not over with the workflows that run, and arming what nobody watches."""

from collections.abc import Sequence
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

    async def unwatched(self, item_ids: Sequence[UUID]) -> Sequence[UUID]:
        """Those of the items that no running workflow watches, as far as Temporal's visibility can tell."""
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
        """Go through all items that are not over, a page at a time."""
        items = await self.watches.unfinished()
        found = 0
        for start in range(0, len(items), _PAGE):
            activity.heartbeat(start)
            unwatched = await self.watches.unwatched(items[start : start + _PAGE])
            if unwatched:
                activity.logger.warning("items nobody watched", extra={"items": [str(item) for item in unwatched]})
                await self.watches.watch(unwatched)
                found += len(unwatched)
        return Findings(unfinished=len(items), unwatched=found)
