"""What follows by itself on a case: periods that end without statement or appeal, steps that are late."""

from datetime import datetime

from domain.accountability import events as e
from domain.accountability.clocks import start
from domain.accountability.due import CaseDue, next_due
from domain.accountability.state import Case, Decided, Notified, Step, evolve
from domain.clock import ClockKind
from domain.rulebook.rulebook import Rulebook
from domain.watch import overdue_at

Events = tuple[e.CaseEvent, ...]


def follow_up(state: Case, at: datetime, rules: Rulebook) -> Events:
    """Record what has fallen due by an instant. Nothing, where somebody acted first."""
    return _fallen(state, at, rules, including=True)


def fallen_due(state: Case, at: datetime, rules: Rulebook) -> Events:
    """What fell due before an instant at which somebody acts; at the very instant they are still in time."""
    return _fallen(state, at, rules, including=False)


def wait_until(state: Case, at: datetime, rules: Rulebook) -> CaseDue | None:
    """What to do next, asked at an instant: a unit is notified in working hours, everything else is due at any hour."""
    due = next_due(state)
    if due is None or due.what != "notify" or not isinstance(state, Step):
        return due
    calendar = rules.calendar(state.clock.calendar_version)
    return due.model_copy(update={"at": calendar.next_working_instant(max(due.at, at))})


def is_late(state: Case, at: datetime) -> bool:
    """Whether a deadline has passed by an instant without anybody having recorded it."""
    deadline = overdue_at(state.clock) if isinstance(state, Step) else None
    return deadline is not None and deadline <= at


def _fallen(state: Case, at: datetime, rules: Rulebook, *, including: bool) -> Events:
    """One thing after the other: the step that follows on a period may itself be late by now."""
    found: list[e.CaseEvent] = []
    while isinstance(state, Step):
        deadline = overdue_at(state.clock)
        if deadline is None or deadline > at or (deadline == at and not including):
            break
        event = _passed(state, deadline, at, rules)
        found.append(event)
        state = evolve(state, event)
    return tuple(found)


def _passed(state: Step, deadline: datetime, at: datetime, rules: Rulebook) -> e.CaseEvent:
    """The next step's time counts from the deadline: it does not depend on when somebody looked."""
    record = state.record
    if isinstance(state, Notified):
        clock = start(ClockKind.FINDING, record.regime(rules), deadline, started=record.clocks)
        return e.StatementAbsent(occurred_at=at, due_at=deadline, clock=clock)
    if isinstance(state, Decided):
        clock = start(ClockKind.CARRY_OUT, record.regime(rules), deadline, started=record.clocks)
        return e.AppealPeriodLapsed(occurred_at=at, due_at=deadline, clock=clock)
    return e.CaseFellOverdue(occurred_at=at, clock_id=state.clock.clock_id, kind=state.clock.kind, due_at=deadline)
