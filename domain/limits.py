"""Limits: how long a step may take, in the kinds of time the field uses."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.calendar import WorkCalendar


class LimitKind(StrEnum):
    """Which time counts."""

    NATURAL_DAYS = "natural_days"  # 自然日: 24 hours each, nights and holidays included
    WORKING_DAYS = "working_days"  # 工作日: a day's worth of working time each
    WORKING_HOURS = "working_hours"  # 工作时
    URGENT_HOURS = "urgent_hours"  # 紧急工作时: around the clock
    ELAPSED_SECONDS = "elapsed_seconds"  # around the clock: an explicit due date, or a rehearsal


HOUR = 3600
DAY = 24 * HOUR

# About ten years each: more is a typing mistake, and would carry deadlines out of every calendar.
LARGEST_AMOUNT = {
    LimitKind.NATURAL_DAYS: 3_660,
    LimitKind.WORKING_DAYS: 2_600,
    LimitKind.WORKING_HOURS: 20_800,
    LimitKind.URGENT_HOURS: 87_840,
    LimitKind.ELAPSED_SECONDS: 3_660 * DAY,
}
WORKING = frozenset({LimitKind.WORKING_DAYS, LimitKind.WORKING_HOURS})


class Limit(BaseModel):
    """An amount of one kind of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: LimitKind
    amount: Annotated[int, Field(strict=True, ge=0)]

    @model_validator(mode="after")
    def _is_reasonable(self) -> Self:
        smallest = 0 if self.kind is LimitKind.ELAPSED_SECONDS else 1
        largest = LARGEST_AMOUNT[self.kind]
        if not smallest <= self.amount <= largest:
            raise ValueError(f"{self.kind} lie between {smallest} and {largest}")
        return self

    @property
    def around_the_clock(self) -> bool:
        """Whether nights, lunch breaks and holidays count."""
        return self.kind not in WORKING

    def budget_seconds(self, calendar: WorkCalendar) -> int:
        """Return the seconds this limit grants, of working time unless it runs around the clock."""
        match self.kind:
            case LimitKind.NATURAL_DAYS:
                return self.amount * DAY
            case LimitKind.WORKING_DAYS:
                return self.amount * calendar.working_seconds_per_day
            case LimitKind.WORKING_HOURS | LimitKind.URGENT_HOURS:
                return self.amount * HOUR
            case LimitKind.ELAPSED_SECONDS:
                return self.amount
