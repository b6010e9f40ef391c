"""Whether the phases of a plan fit together: each fault with the place where it stands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong, and where: ``("phases", 2, "last_day")``."""

    place: Place
    message: str


class Window(NamedTuple):
    """What of a phase decides whether it fits. Days are inclusive."""

    phase_id: str
    first_day: date
    last_day: date | None
    endless: bool
    gated: bool


def faults_alone(window: Window) -> Iterator[Fault]:
    """Faults that a phase has by itself; places are relative to the phase."""
    if window.last_day is None:
        if not window.endless:
            yield Fault((), "only maintenance has no last day")
        elif window.gated:
            yield Fault(("gate",), "a phase without a last day has no gate")
    elif window.last_day < window.first_day:
        yield Fault(("last_day",), "last_day lies before first_day")


def faults_together(windows: Sequence[Window], overlap_days: int) -> Iterator[Fault]:
    """Phases that do not follow each other, or overlap by more than so many days."""
    yield from doubled([(("phases", index, "phase_id"), window.phase_id) for index, window in enumerate(windows)])
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        if after.first_day < before.first_day:
            yield Fault(("phases", index, "first_day"), f"phase {after.phase_id} begins before {before.phase_id}")
        elif before.last_day is None:
            if before.endless:  # any other is at fault by itself
                message = f"phase {before.phase_id} has no last day, so {after.phase_id} cannot follow"
                yield Fault(("phases", index), message)
        elif overlap(before.last_day, after.first_day) > overlap_days:
            message = f"{after.phase_id} overlaps {before.phase_id} by more than {overlap_days} days"
            yield Fault(("phases", index, "first_day"), message)


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
