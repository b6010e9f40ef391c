"""How often the ladder was climbed."""

from fastapi import APIRouter
from pydantic import Field

from services.gateway.dependencies import CurrentScope, Now, Parts
from services.gateway.description import READING, problems
from services.gateway.item_views import View

router = APIRouter(prefix="/v1/rungs", tags=["事项 items"])


class RungCounts(View):
    """Rungs climbed, computed from the events."""

    climbed: dict[str, int] = Field(
        description="各级督办次数。 Times climbed, by rung.", examples=[{"warn": 31, "remind": 20}]
    )
    climbed_twice: int = Field(
        description="同一时限同一级别重复执行的次数，应为 0。 Rungs climbed twice on one clock: must be 0.",
        examples=[0],
    )
    accountability_due: int = Field(description="应启动问责的次数。 Accountability cases due.", examples=[2])


@router.get("/counts", summary="督办统计 Count rungs climbed", responses=problems(*READING))
async def count_rungs(parts: Parts, scope: CurrentScope, now: Now) -> RungCounts:
    """范围内事项的督办升级，直接由事件统计。 Counted from the events of the items within the caller's scope."""
    found = await parts.items.rungs(scope, now)
    return RungCounts(
        climbed=found.climbed, climbed_twice=found.climbed_twice, accountability_due=found.accountability_due
    )
