"""What follows by itself on an act: it is issued in its time, and a record that is late is marked."""

from datetime import datetime

from domain.accountability.values import HandCause
from domain.rulebook.rulebook import Rulebook
from domain.supervision import events as e
from domain.supervision.due import ActDue, next_due
from domain.supervision.state import Act, Planned, running_clock
from domain.watch import overdue_at


def follow_up(state: Act, at: datetime) -> tuple[e.RecordFellOverdue, ...]:
    """Mark the record as late, once, when its deadline has come."""
    return _overdue(state, at, including=True)


def fallen_due(state: Act, at: datetime) -> tuple[e.RecordFellOverdue, ...]:
    """What fell due before an instant at which somebody acts."""
    return _overdue(state, at, including=False)


def to_be_issued(state: Act, at: datetime, rules: Rulebook) -> bool:
    """Whether it is to be issued at an instant: what was put off to another hour waits for working hours."""
    due = wait_until(state, at, rules)
    return isinstance(state, Planned) and due is not None and due.at <= at


def wait_until(state: Act, at: datetime, rules: Rulebook) -> ActDue | None:
    """When to look next, asked at an instant: what the service is late to issue waits for working hours."""
    due = next_due(state)
    if due is None or due.what != "issue" or due.at > at or isinstance(state.file.planned.cause, HandCause):
        return due
    calendar = rules.regime(state.file.planned.campaign_id).calendar
    return due.model_copy(update={"at": calendar.next_working_instant(at)})


def _overdue(state: Act, at: datetime, *, including: bool) -> tuple[e.RecordFellOverdue, ...]:
    clock = running_clock(state)
    deadline = overdue_at(clock) if clock else None
    if clock is None or deadline is None or not (deadline <= at if including else deadline < at):
        return ()
    return (e.RecordFellOverdue(occurred_at=at, clock_id=clock.clock_id, due_at=deadline),)
