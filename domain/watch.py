"""A clock under watch: what falls due on it by itself, and what follows when its instants have come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from domain.calendar import WorkCalendar
from domain.clock import Clock
from domain.decider import Event
from domain.ladder import Rung
from domain.schedule import PlannedRung

E = TypeVar("E", bound=Event)


class DueOnClock(NamedTuple):
    """The next instant on a clock: the deadline, or a rung."""

    at: datetime
    rung: Rung | None = None


@dataclass(frozen=True, slots=True)
class Records(Generic[E]):
    """How an aggregate records what happens on its clock.

    ``overdue`` takes the due instant that passed, ``climbed`` the rung with the instant it was planned for.
    """

    overdue: Callable[[datetime], E]
    climbed: Callable[[PlannedRung], tuple[E, ...]]


def overdue_at(clock: Clock) -> datetime | None:
    """The instant at which the clock is to be marked overdue; None once it is, and while it stands still.

    A deadline that an extension moved beyond the marked one can pass, and be marked, again.
    """
    marked = clock.overdue_at is not None and (clock.due_at is None or clock.due_at <= clock.overdue_at)
    return None if marked else clock.due_at


def next_on(clock: Clock) -> DueOnClock | None:
    """What comes next on a clock; the deadline before a rung of the same instant."""
    deadline, rung = overdue_at(clock), clock.next_rung
    if deadline is not None and (rung is None or deadline <= rung.at):
        return DueOnClock(deadline)
    return None if rung is None else DueOnClock(rung.at, rung.rung)


def fallen_due(clock: Clock, at: datetime, records: Records[E], *, including: bool = False) -> tuple[E, ...]:
    """The overdue mark and the rungs whose instants lie before ``at`` (or at it, where ``including``), in order."""
    return _recorded(clock, at, records, including=including, rungs=True)


def follow_up(clock: Clock, at: datetime, calendar: WorkCalendar, records: Records[E]) -> tuple[E, ...]:
    """What has fallen due at an instant at which nobody acts: the mark at any hour, rungs in working hours only."""
    return _recorded(clock, at, records, including=True, rungs=calendar.is_working(at))


def when_to_look(due: datetime, is_rung: bool, at: datetime, calendar: WorkCalendar) -> datetime:
    """When to follow up on something due, asked at an instant: a rung that is late already waits for working hours."""
    return calendar.next_working_instant(at) if is_rung and due <= at else due


def _recorded(clock: Clock, at: datetime, records: Records[E], *, including: bool, rungs: bool) -> tuple[E, ...]:
    def reached(instant: datetime) -> bool:
        return instant <= at if including else instant < at

    entries: list[tuple[datetime, int, tuple[E, ...]]] = []
    deadline = overdue_at(clock)
    if deadline is not None and reached(deadline):
        entries.append((deadline, 0, (records.overdue(deadline),)))
    for order, planned in enumerate(clock.planned if rungs else (), start=1):
        if not reached(planned.at):
            break
        entries.append((planned.at, order, records.climbed(planned)))
    return tuple(event for _, _, events in sorted(entries, key=lambda entry: entry[:2]) for event in events)
