"""Whether the phases of a plan fit together: each fault with the place where it stands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong, and where: ``("phases", 2, "last_day")``."""

    place: Place
    message: str


class Window(NamedTuple):
    """What of a phase decides whether it fits. Days are inclusive; instants, in UTC, say more than days."""

    phase_id: str
    first_day: date
    last_day: date | None
    endless: bool
    gated: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def faults_alone(window: Window) -> Iterator[Fault]:
    """Faults that a phase has by itself; places are relative to the phase."""
    if window.last_day is None:
        if not window.endless:
            yield Fault((), "only maintenance has no last day")
        elif window.gated:
            yield Fault(("gate",), "a phase without a last day has no gate")
    elif window.last_day < window.first_day:
        yield Fault(("last_day",), "last_day lies before first_day")
    yield from _instants_alone(window)


def faults_together(windows: Sequence[Window], overlap_days: int) -> Iterator[Fault]:
    """Phases that do not follow each other, or overlap by more than so many days."""
    yield from doubled([(("phases", index, "phase_id"), window.phase_id) for index, window in enumerate(windows)])
    to_the_instant = [window.opens_at is not None for window in windows]
    if any(to_the_instant) and not all(to_the_instant):
        yield Fault(("phases", to_the_instant.index(False)), "either every phase has opens_at or none has")
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        yield from _instants_together(index, before, after, timedelta(days=overlap_days))
        if after.first_day < before.first_day:
            yield Fault(("phases", index, "first_day"), f"phase {after.phase_id} begins before {before.phase_id}")
        elif before.last_day is None:
            if before.endless:  # any other is at fault by itself
                message = f"phase {before.phase_id} has no last day, so {after.phase_id} cannot follow"
                yield Fault(("phases", index), message)
        elif before.closes_at is None and overlap(before.last_day, after.first_day) > overlap_days:
            message = f"{after.phase_id} overlaps {before.phase_id} by more than {overlap_days} days"
            yield Fault(("phases", index, "first_day"), message)


def _instants_alone(window: Window) -> Iterator[Fault]:
    opens_at, closes_at = window.opens_at, window.closes_at
    if opens_at is None:
        if closes_at is not None:
            yield Fault(("closes_at",), "closes_at needs opens_at")
        return
    if not _in_day(opens_at, window.first_day):
        yield Fault(("opens_at",), "opens_at does not lie in first_day")
    if (closes_at is None) != (window.last_day is None):
        yield Fault(("closes_at",), "a phase that has opens_at has closes_at where it has last_day, and only there")
    elif closes_at is not None and window.last_day is not None:
        if closes_at <= opens_at:
            yield Fault(("closes_at",), "closes_at does not lie after opens_at")
        if not _in_day(closes_at, window.last_day):
            yield Fault(("closes_at",), "closes_at does not lie in last_day")


def _instants_together(index: int, before: Window, after: Window, longest_overlap: timedelta) -> Iterator[Fault]:
    if before.opens_at is None or after.opens_at is None:
        return
    if after.opens_at < before.opens_at:
        yield Fault(("phases", index, "opens_at"), f"phase {after.phase_id} opens before {before.phase_id}")
    elif before.closes_at is not None and before.closes_at - after.opens_at > longest_overlap:
        message = f"{after.phase_id} overlaps {before.phase_id} by more than {longest_overlap.days} days"
        yield Fault(("phases", index, "opens_at"), message)


def _in_day(instant: datetime, day: date) -> bool:
    """Whether it can be that local day somewhere: a plan knows its calendar by name only, not its time zone."""
    return abs((instant.date() - day).days) <= 1


def overlap(last_day: date, first_day: date) -> int:
    """The days that belong to both phases; 0 or less where there are none."""
    return (last_day - first_day).days + 1


def doubled(named: Iterable[tuple[Place, str]]) -> Iterator[Fault]:
    """Names that were given before."""
    seen: Counter[str] = Counter()
    for place, name in named:
        seen[name] += 1
        if seen[name] > 1:
            yield Fault(place, f"{name} is given twice")
