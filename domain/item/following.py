"""What follows by itself when an instant has come: overdue marks, rungs of the ladder, reviews."""

from datetime import datetime

from domain.calendar import WorkCalendar
from domain.clock import Clock
from domain.item import events as e
from domain.item.beside import unit_in_charge
from domain.item.due import Due, next_due, overdue_at
from domain.item.state import Item, Suspended, running_clock
from domain.ladder import Rung
from domain.rulebook.rulebook import Rulebook


def follow_up(state: Item, at: datetime, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """Record what has fallen due. Nothing, where somebody acted first; rungs outside working hours wait."""
    if isinstance(state, Suspended):
        if state.review_called or state.review_on > at:
            return ()
        return (e.SuspensionReviewFellDue(occurred_at=at, review_on=state.review_on),)
    clock = running_clock(state)
    if clock is None:
        return ()
    due = fallen_due(state, at, including=True)
    if rules.calendar(clock.calendar_version).is_working(at):
        return due
    return tuple(event for event in due if isinstance(event, e.ItemFellOverdue))


def wait_until(state: Item, at: datetime, rules: Rulebook) -> Due | None:
    """When to follow up next, asked at an instant: a rung that is late already waits for working hours."""
    due, clock = next_due(state), running_clock(state)
    if due is None or clock is None or due.what != "rung" or due.at > at:
        return due
    return due.model_copy(update={"at": _working(rules.calendar(clock.calendar_version), at)})


def fallen_due(state: Item, at: datetime, *, including: bool = False) -> tuple[e.ItemEvent, ...]:
    """The overdue mark and the rungs whose instants lie before ``at`` (or at it, where ``including``), in order."""
    clock = running_clock(state)
    if clock is None or isinstance(state, Suspended):
        return ()
    unit = unit_in_charge(state)
    events: list[tuple[datetime, int, e.ItemEvent]] = []
    deadline = overdue_at(clock)
    if deadline is not None and _reached(deadline, at, including):
        overdue = e.ItemFellOverdue(
            occurred_at=at, clock_id=clock.clock_id, kind=clock.kind, due_at=deadline, unit=unit
        )
        events.append((deadline, 0, overdue))
    for order, planned in enumerate(clock.planned, start=1):
        if not _reached(planned.at, at, including):
            break
        events.extend((planned.at, order, event) for event in _climbed(clock, planned.rung, planned.at, at, unit))
    return tuple(event for _, _, event in sorted(events, key=lambda entry: entry[:2]))


def _climbed(clock: Clock, rung: Rung, planned_at: datetime, at: datetime, unit: str | None) -> tuple[e.ItemEvent, ...]:
    climbed = e.RungClimbed(
        occurred_at=at,
        clock_id=clock.clock_id,
        rung=rung,
        planned_at=planned_at,
        unit=unit,
        policy_version=clock.policy_version,
    )
    if rung is not Rung.HOLD_TO_ACCOUNT:
        return (climbed,)
    accountable = e.AccountabilityFellDue(
        occurred_at=at, clock_id=clock.clock_id, unit=unit, policy_version=clock.policy_version
    )
    return (climbed, accountable)


def _reached(instant: datetime, at: datetime, including: bool) -> bool:
    return instant <= at if including else instant < at


def _working(calendar: WorkCalendar, at: datetime) -> datetime:
    return calendar.next_working_instant(at)
