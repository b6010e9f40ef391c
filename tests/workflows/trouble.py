"""Items in trouble: what the event store looks like to an activity while the database comes and goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.streams import Standing
from domain.item.state import Item


@dataclass
class Troubled:
    """Items where commands run into trouble a few times, each for itself or all together, before or after the fact."""

    items: Any
    trouble: Callable[[], Exception]
    times: int
    afterwards: bool = False
    each: bool = True

    def __post_init__(self) -> None:
        self.left: dict[str, int] = {}

    async def carry_out(self, item_id: UUID, command: Any) -> None:
        kind = f"{item_id} {command.at}" if self.each else str(item_id)
        left = self.left.setdefault(kind, self.times)
        self.left[kind] = left - 1
        if left > 0 and not self.afterwards:
            raise self.trouble()
        await self.items.carry_out(item_id, command)
        if left > 0:
            raise self.trouble()

    async def standing(self, item_id: UUID) -> Standing[Item]:
        return await self.items.standing(item_id)

    async def draw_number(self, at: datetime) -> str:
        return await self.items.draw_number(at)
