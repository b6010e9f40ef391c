"""Short ways of making clocks, for tests about time."""

from datetime import datetime

from domain.clock import Clock, ClockKind, open_clock, pause, resume
from domain.ladder import Ladder, Rung
from domain.limits import Limit, LimitKind
from tests.domain.calendars import CHINA, shanghai

NO_LADDER = Ladder()
HOUR = 3600

# Monday 16 November 2026 is the first day of two ordinary weeks.
MONDAY = 16


def november(day: int, hour: int, minute: int = 0) -> datetime:
    return shanghai(2026, 11, day, hour, minute)


def working_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_DAYS, amount=amount)


def working_hours(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_HOURS, amount=amount)


def urgent_hours(amount: int) -> Limit:
    return Limit(kind=LimitKind.URGENT_HOURS, amount=amount)


def natural_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.NATURAL_DAYS, amount=amount)


def seconds(amount: int) -> Limit:
    return Limit(kind=LimitKind.ELAPSED_SECONDS, amount=amount)


def opened(at: datetime, limit: Limit, ladder: Ladder = NO_LADDER, ladder_from: datetime | None = None) -> Clock:
    return open_clock(
        clock_id="rectify-1",
        kind=ClockKind.RECTIFY,
        limit=limit,
        at=at,
        calendar=CHINA,
        ladder=ladder,
        policy_version="policy@1",
        ladder_from=ladder_from,
    )


def held(clock: Clock, began: datetime, ended: datetime, ladder: Ladder = NO_LADDER) -> Clock:
    return resume(pause(clock, began), ended, CHINA, ladder)


def plan(clock: Clock) -> dict[Rung, datetime]:
    return {step.rung: step.at for step in clock.planned}
