"""What follows by itself on an obligation: missed milestones, overdue marks, rungs of the ladder."""

from datetime import datetime

from domain import watch
from domain.clock import Clock
from domain.item.excuse import is_granted, missed_deadline
from domain.ladder import Rung
from domain.obligation import events as e
from domain.obligation.due import ObligationDue, milestones_ahead, next_due
from domain.obligation.state import Obligation, running_clock, unit_in_charge
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.terms import brought, ladder_of
from domain.schedule import PlannedRung

Events = tuple[e.ObligationEvent, ...]


def follow_up(state: Obligation, at: datetime, rules: Rulebook) -> Events:
    """Record what has fallen due. Nothing, where somebody acted first; rungs outside working hours wait."""
    clock = running_clock(state)
    if clock is None:
        return ()
    calendar = rules.calendar(clock.calendar_version)
    missed = _missed(state, at, including=True)
    return (*missed, *watch.follow_up(clock, at, calendar, _records(clock, state, at, rules)))


def wait_until(state: Obligation, at: datetime, rules: Rulebook) -> ObligationDue | None:
    """When to follow up next, asked at an instant: a rung that is late already waits for working hours."""
    due, clock = next_due(state), running_clock(state)
    if due is None or clock is None:
        return due
    calendar = rules.calendar(clock.calendar_version)
    return due.model_copy(update={"at": watch.when_to_look(due.at, due.what == "rung", at, calendar)})


def fallen_due(state: Obligation, at: datetime, rules: Rulebook) -> Events:
    """What fell due before an instant at which somebody acts."""
    clock = running_clock(state)
    if clock is None:
        return ()
    return (*_missed(state, at, including=False), *watch.fallen_due(clock, at, _records(clock, state, at, rules)))


def _missed(state: Obligation, at: datetime, *, including: bool) -> Events:
    return tuple(
        e.MilestoneMissed(occurred_at=at, milestone_id=milestone.milestone_id, due_at=milestone.due_at)
        for milestone in milestones_ahead(state)
        if milestone.due_at < at or (including and milestone.due_at == at)
    )


def _records(clock: Clock, state: Obligation, at: datetime, rules: Rulebook) -> watch.Records[e.ObligationEvent]:
    unit = unit_in_charge(state)

    def overdue(due_at: datetime) -> e.ObligationEvent:
        return e.ObligationFellOverdue(
            occurred_at=at, clock_id=clock.clock_id, kind=clock.kind, due_at=due_at, unit=unit
        )

    def climbed(planned: PlannedRung) -> Events:
        terms = ladder_of(clock, rules).terms_of(planned.rung)
        follows = brought(planned.rung, terms, clock, unit, at, rules)
        rung = e.ObligationRungClimbed(
            occurred_at=at,
            clock_id=clock.clock_id,
            rung=planned.rung,
            planned_at=planned.at,
            unit=unit,
            policy_version=clock.policy_version,
            recipients=follows.recipients,
            points=follows.points,
            answer_by=follows.answer_by,
            due_at=clock.due_at,
        )
        marks = state.record.marks
        if is_granted(clock.clock_id, missed_deadline(rung, marks), marks):
            rung = rung.model_copy(update={"excused": True})
        if planned.rung is not Rung.HOLD_TO_ACCOUNT:
            return (rung,)
        accountable = e.ObligationAccountabilityFellDue(
            occurred_at=at,
            clock_id=clock.clock_id,
            unit=unit,
            policy_version=clock.policy_version,
            due_at=clock.due_at,
        )
        return (rung, accountable)

    return watch.Records(overdue, climbed)
