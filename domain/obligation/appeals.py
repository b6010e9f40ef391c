"""申诉 against the overdue mark of an obligation: the unit appeals once, the office rules, the fact stays."""

from domain.item.rejections import AlreadyAppealed, NoAppealPending, NoOverdueMark, NotYourUnit
from domain.item.values import AppealStatus, OverdueMark
from domain.obligation import commands as c
from domain.obligation import events as e
from domain.obligation.state import Obligation

Events = tuple[e.ObligationEvent, ...]


def appeal(command: c.AppealObligation, state: Obligation) -> Events:
    """申诉 by the unit the mark counts against, once per mark, in every step: most marks are seen when all is over."""
    mark = _mark(state, command.clock_id)
    if mark.unit is None or not command.actor.belongs_to(mark.unit):
        raise NotYourUnit(unit=mark.unit or "")
    if mark.appeal is not AppealStatus.NONE:
        raise AlreadyAppealed(clock_id=mark.clock_id)
    appealed = e.ObligationOverdueAppealed(
        occurred_at=command.at, clock_id=mark.clock_id, unit=mark.unit, reason=command.reason, due_at=mark.due_at
    )
    return (appealed,)


def rule(command: c.RuleOnObligationAppeal, state: Obligation) -> Events:
    """The office grants or refuses an appeal."""
    mark = _mark(state, command.clock_id)
    if mark.appeal is not AppealStatus.PENDING:
        raise NoAppealPending(clock_id=mark.clock_id)
    ruling = e.ObligationAppealGranted if command.granted else e.ObligationAppealRefused
    return (ruling(occurred_at=command.at, clock_id=mark.clock_id, reason=command.reason, due_at=mark.due_at),)


def _mark(state: Obligation, clock_id: str) -> OverdueMark:
    # Nothing gives the clock of an obligation another deadline, so it has one mark at most.
    for mark in state.record.marks:
        if mark.clock_id == clock_id:
            return mark
    raise NoOverdueMark(clock_id=clock_id)
