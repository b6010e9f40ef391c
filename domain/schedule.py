"""What follows from a budget: the due instant, and when each rung of the ladder is climbed."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.calendar import WorkCalendar
from domain.deadline import Gap, Leg, first_part, used, wait_for_work, walk
from domain.instant import SECOND, Instant, from_microseconds, to_microseconds
from domain.ladder import Ladder, Rung, height
from domain.limits import Limit
from domain.working_time import WorkingTime


class PlannedRung(BaseModel):
    """A rung that will be climbed at an instant, unless something happens before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rung: Rung
    at: Instant


class Schedule(NamedTuple):
    """A due instant and the rungs around it. Provisional: working time that nobody has announced went into it."""

    due_at: datetime
    planned: tuple[PlannedRung, ...]
    provisional: bool


class Run(NamedTuple):
    """What a schedule is computed from: opened (microseconds), the budget's legs, and the ended suspensions."""

    opened: int
    legs: tuple[Leg, ...]
    gaps: tuple[Gap, ...]


def leg(limit: Limit, calendar: WorkCalendar) -> Leg:
    """Return a limit as something to walk."""
    return Leg(limit.budget_seconds(calendar) * SECOND, limit.around_the_clock)


def share(legs: tuple[Leg, ...], percent: int) -> int:
    """Return the microseconds in so many percent of a budget, rounded up to whole seconds."""
    seconds = sum(part.amount for part in legs) // SECOND
    return -(-seconds * percent // 100) * SECOND


def due_after(limit: Limit, at: datetime, calendar: WorkCalendar) -> datetime:
    """Return the instant at which a limit that starts now and is never suspended runs out."""
    return from_microseconds(walk(to_microseconds(at), (leg(limit, calendar),), (), calendar.working_time))


def schedule(
    run: Run, calendar: WorkCalendar, ladder: Ladder, *, climbed: Collection[Rung], ladder_from: datetime | None
) -> Schedule:
    """Compute the due instant, and the rungs above those climbed already: supervision never steps down.

    A rung waits for working hours and for the end of a suspension. Those after the due instant count from
    ``ladder_from`` where that is later, and none is planned before it.
    """
    opened, legs, gaps = run
    working = calendar.working_time
    due = walk(opened, legs, gaps, working)
    provisional = due >= calendar.provisional_from and not all(part.around_the_clock for part in legs)
    watched_from = opened if ladder_from is None else to_microseconds(ladder_from)
    planned: list[PlannedRung] = []
    highest = max(map(height, climbed), default=-1)
    reached = opened
    for rule in ladder.rules:
        announced = True
        if rule.share_of_limit is not None:
            raw = walk(opened, first_part(legs, share(legs, rule.share_of_limit)), gaps, working)
        elif rule.after_due is not None:
            further = leg(rule.after_due, calendar)
            raw = walk(max(due, watched_from), (further,), gaps, working)
            announced = further.around_the_clock or raw < calendar.provisional_from
        elif rule.before_due is not None:
            earlier = leg(rule.before_due, calendar)
            raw = _before(due, earlier, run, working)
            announced = earlier.around_the_clock or due < calendar.provisional_from
        else:  # refused when the rule was made
            continue
        at = wait_for_work(raw, gaps, working)
        if at < watched_from:
            continue
        # A climbed rung keeps its place in the order: climbing it must not pull the next one forward.
        reached = max(at, reached)
        if height(rule.rung) > highest:
            planned.append(PlannedRung(rung=rule.rung, at=from_microseconds(reached)))
            provisional |= not announced
    return Schedule(from_microseconds(due), tuple(planned), provisional)


def _before(due: int, earlier: Leg, run: Run, working: WorkingTime) -> int:
    """Return the instant from which so much time leads to the due instant: never before the clock opened.

    Walked forward: what lies between opening and due instant in this kind of time, less what is to be left.
    """
    opened, _, gaps = run
    passed = used(opened, due, (earlier,), gaps, working) - earlier.amount
    return walk(opened, (Leg(max(0, passed), earlier.around_the_clock),), gaps, working)
