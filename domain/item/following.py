"""What follows by itself when an instant has come: overdue marks, rungs of the ladder, reviews."""

from datetime import datetime, timedelta

from domain import watch
from domain.clock import Clock
from domain.item import events as e
from domain.item.beside import unit_in_charge
from domain.item.due import Due, next_due
from domain.item.excuse import is_granted, missed_deadline
from domain.item.state import Item, Suspended, running_clock
from domain.item.values import OverdueMark
from domain.ladder import Occasion, Rung, RungTerms
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.terms import brought, ladder_of
from domain.schedule import PlannedRung

_WEEK = timedelta(days=7)


def follow_up(state: Item, at: datetime, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """Record what has fallen due. Nothing, where somebody acted first; rungs outside working hours wait."""
    if isinstance(state, Suspended):
        if state.review_on > at:
            return ()
        following = _next_review(state, at)
        return (e.SuspensionReviewFellDue(occurred_at=at, review_on=state.review_on, next_review_on=following),)
    clock = running_clock(state)
    if clock is None:
        return ()
    return watch.follow_up(clock, at, rules.calendar(clock.calendar_version), _records(clock, state, at, rules))


def _next_review(state: Suspended, at: datetime) -> datetime:
    """A suspended item is not forgotten after its first review: it comes up every week until somebody resumes it."""
    return state.review_on + ((at - state.review_on) // _WEEK + 1) * _WEEK


def wait_until(state: Item, at: datetime, rules: Rulebook) -> Due | None:
    """When to follow up next, asked at an instant: a rung that is late already waits for working hours."""
    due, clock = next_due(state), running_clock(state)
    if due is None or clock is None:
        return due
    calendar = rules.calendar(clock.calendar_version)
    return due.model_copy(update={"at": watch.when_to_look(due.at, due.what == "rung", at, calendar)})


def fallen_due(state: Item, at: datetime, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """The overdue mark and the rungs whose instants lie before ``at``, in order."""
    clock = running_clock(state)
    if clock is None or isinstance(state, Suspended):
        return ()
    return watch.fallen_due(clock, at, _records(clock, state, at, rules))


def climb(
    planned: PlannedRung,
    terms: RungTerms | None,
    clock: Clock,
    unit: str | None,
    at: datetime,
    rules: Rulebook,
    occasion: Occasion = "time",
    marks: tuple[OverdueMark, ...] = (),
) -> tuple[e.ItemEvent, ...]:
    """The rung with what it brings, unless a granted appeal against one of the marks excuses it.

    The last one has a case follow.
    """
    follows = brought(planned.rung, terms, clock, unit, at, rules)
    rung = e.RungClimbed(
        occurred_at=at,
        clock_id=clock.clock_id,
        rung=planned.rung,
        planned_at=planned.at,
        unit=unit,
        policy_version=clock.policy_version,
        occasion=occasion,
        recipients=follows.recipients,
        points=follows.points,
        answer_by=follows.answer_by,
        due_at=clock.due_at,
    )
    if is_granted(clock.clock_id, missed_deadline(rung, marks), marks):
        rung = rung.model_copy(update={"excused": True})
    if planned.rung is not Rung.HOLD_TO_ACCOUNT:
        return (rung,)
    accountable = e.AccountabilityFellDue(
        occurred_at=at, clock_id=clock.clock_id, unit=unit, policy_version=clock.policy_version, due_at=clock.due_at
    )
    return (rung, accountable)


def _records(clock: Clock, state: Item, at: datetime, rules: Rulebook) -> watch.Records[e.ItemEvent]:
    unit = unit_in_charge(state)

    def overdue(due_at: datetime) -> e.ItemEvent:
        return e.ItemFellOverdue(occurred_at=at, clock_id=clock.clock_id, kind=clock.kind, due_at=due_at, unit=unit)

    def climbed(planned: PlannedRung) -> tuple[e.ItemEvent, ...]:
        terms = ladder_of(clock, rules).terms_of(planned.rung)
        return climb(planned, terms, clock, unit, at, rules, marks=state.dossier.marks)

    return watch.Records(overdue, climbed)
