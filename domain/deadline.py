"""Where a budget runs out: walking time forward, leg by leg, around the suspensions. Everything in microseconds."""

from typing import NamedTuple

from domain.working_time import WorkingTime


class Leg(NamedTuple):
    """A part of a budget and the time that uses it up."""

    amount: int
    around_the_clock: bool


class Gap(NamedTuple):
    """A suspension [began, ended): nothing is used up in it."""

    began: int
    ended: int


Gaps = tuple[Gap, ...]
"""In order and apart from each other."""


def walk(start: int, legs: tuple[Leg, ...], gaps: Gaps, working: WorkingTime) -> int:
    """Return the instant at which all legs, one after the other, are used up; the start, when they are empty."""
    reached = start
    for leg in legs:
        reached = _walk_leg(reached, leg, gaps, working)
    return reached


def _walk_leg(start: int, leg: Leg, gaps: Gaps, working: WorkingTime) -> int:
    left, around_the_clock = leg
    if left == 0:
        return start
    reached = start
    for began, ended in gaps:
        if ended <= reached:
            continue
        if began > reached:
            available = began - reached if around_the_clock else working.between(reached, began)
            if available >= left:
                break
            left -= available
        reached = ended
    return reached + left if around_the_clock else working.advance(reached, left)


def used(start: int, end: int, legs: tuple[Leg, ...], gaps: Gaps, working: WorkingTime) -> int:
    """Return how much was used from start until end. Beyond the budget it goes on counting, as the last leg does."""
    total = 0
    reached = start
    for leg in legs[:-1]:
        available = _active(reached, end, leg.around_the_clock, gaps, working)
        if available < leg.amount:
            return total + available
        total += leg.amount
        reached = _walk_leg(reached, leg, gaps, working)
    return total + _active(reached, end, legs[-1].around_the_clock, gaps, working)


def _active(start: int, end: int, around_the_clock: bool, gaps: Gaps, working: WorkingTime) -> int:
    total = 0
    reached = start
    for began, ended in (*gaps, Gap(end, end)):
        until = min(began, end)
        if until > reached:
            total += until - reached if around_the_clock else working.between(reached, until)
        reached = max(reached, ended)
    return total


def first_part(legs: tuple[Leg, ...], amount: int) -> tuple[Leg, ...]:
    """Return the legs cut off after the amount."""
    kept: list[Leg] = []
    for leg in legs:
        part = min(leg.amount, amount)
        kept.append(Leg(part, leg.around_the_clock))
        amount -= part
    return tuple(kept)


def wait_for_work(at: int, gaps: Gaps, working: WorkingTime) -> int:
    """Return the first working instant outside all suspensions, from this one on."""
    reached = working.next_working(at)
    for began, ended in gaps:
        if began <= reached < ended:
            reached = working.next_working(ended)
    return reached
