"""What units and the office do about an obligation: report, submit, sign, accept, return, withdraw."""

from collections import Counter
from typing import TypeVar

from domain.actor import Actor, Role
from domain.clock import Clock, ClockKind
from domain.decider import Command
from domain.item.rejections import CheckedByOwnUnit, NotYourUnit
from domain.obligation import commands as c
from domain.obligation import events as e
from domain.obligation.clocks import acceptance_limit, redo_limit, start
from domain.obligation.rejections import (
    ObligationNotInStep,
    QuantityMissing,
    UnknownMilestone,
    UnknownQuantity,
    WrongKindOfObligation,
)
from domain.obligation.state import Obligation, Open, Record, Submitted
from domain.obligation.values import DutyOwed, LetterOwed, TaskOwed, needs_acceptance
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.ObligationEvent, ...]
Step = TypeVar("Step", bound=Obligation)
Kind = TypeVar("Kind", DutyOwed, TaskOwed, LetterOwed)


def report_duty(command: c.ReportDuty, state: Obligation, rules: Rulebook) -> Events:
    """A duty is done with its report; archive material goes to acceptance."""
    step = _in_step(command, state, Open)
    duty = _of_kind(command, step.record, DutyOwed)
    _by_unit_that_owes(command.actor, step.record, or_office=duty.by_office)
    asked, given = {text.zh for text in duty.quantities}, Counter(quantity.kind for quantity in command.quantities)
    for kind, times in given.items():
        if kind not in asked or times > 1:
            raise UnknownQuantity(quantity=kind)
    for kind in sorted(asked - set(given)):
        raise QuantityMissing(quantity=kind)
    late = step.clock.overdue_at is not None
    if not needs_acceptance(duty):
        fulfilled = e.ObligationFulfilled(
            occurred_at=command.at,
            account=command.account,
            quantities=command.quantities,
            evidence=command.evidence,
            late=late,
        )
        return (fulfilled,)
    submitted = e.CompletionSubmitted(
        occurred_at=command.at,
        account=command.account,
        quantities=command.quantities,
        evidence=command.evidence,
        late=late,
        clock=_acceptance(command, step.record, rules),
    )
    return (submitted,)


def report_progress(command: c.ReportProgress, state: Obligation) -> Events:
    """How far a task is. A milestone reached late is reached all the same."""
    step = _in_step(command, state, Open)
    task = _of_kind(command, step.record, TaskOwed)
    _by_unit_that_owes(command.actor, step.record)
    known = {milestone.milestone_id for milestone in task.milestones}
    for milestone in command.reached:
        if milestone not in known:
            raise UnknownMilestone(milestone=milestone)
    reported = e.ProgressReported(
        occurred_at=command.at,
        percent=command.percent,
        account=command.account,
        reached=command.reached,
        evidence=command.evidence,
    )
    return (reported,)


def submit_completion(command: c.SubmitCompletion, state: Obligation, rules: Rulebook) -> Events:
    """The unit says the task is complete."""
    step = _in_step(command, state, Open)
    _of_kind(command, step.record, TaskOwed)
    _by_unit_that_owes(command.actor, step.record)
    submitted = e.CompletionSubmitted(
        occurred_at=command.at,
        account=command.account,
        evidence=command.evidence,
        late=step.clock.overdue_at is not None,
        clock=_acceptance(command, step.record, rules),
    )
    return (submitted,)


def sign_letter(command: c.SignLetter, state: Obligation) -> Events:
    """签订 by the unit."""
    step = _in_step(command, state, Open)
    _of_kind(command, step.record, LetterOwed)
    _by_unit_that_owes(command.actor, step.record)
    late = step.clock.overdue_at is not None
    return (e.ObligationFulfilled(occurred_at=command.at, evidence=command.evidence, late=late),)


def accept(command: c.AcceptCompletion, state: Obligation) -> Events:
    """验收 by somebody else than the unit."""
    step = _in_step(command, state, Submitted)
    _not_by_own_unit(command.actor, step.record)
    return (e.CompletionAccepted(occurred_at=command.at, note=command.note, late=step.record.late),)


def send_back(command: c.ReturnCompletion, state: Obligation, rules: Rulebook) -> Events:
    """Not accepted: the unit gets a new clock."""
    step = _in_step(command, state, Submitted)
    record = step.record
    _not_by_own_unit(command.actor, record)
    limit = command.limit or redo_limit(record.campaign_id, rules)
    kind = ClockKind.TASK if isinstance(record.owed, TaskOwed) else ClockKind.DUTY
    clock = start(kind, record.campaign_id, limit, command.at, rules, started=record.clocks)
    return (e.CompletionReturned(occurred_at=command.at, reason=command.reason, clock=clock),)


def withdraw(command: c.WithdrawObligation, state: Obligation) -> Events:
    """撤销 of what is not over."""
    _in_step(command, state, Open, Submitted)
    return (e.ObligationWithdrawn(occurred_at=command.at, reason=command.reason),)


def _in_step(command: Command, state: Obligation, *steps: type[Step]) -> Step:
    if isinstance(state, steps):
        return state
    raise ObligationNotInStep(status=state.status, command=type(command).__name__)


def _of_kind(command: Command, record: Record, kind: type[Kind]) -> Kind:
    if isinstance(record.owed, kind):
        return record.owed
    raise WrongKindOfObligation(kind=record.owed.kind, command=type(command).__name__)


def _by_unit_that_owes(actor: Actor, record: Record, *, or_office: bool = False) -> None:
    by_office = or_office and actor.role is Role.OFFICE
    if not by_office and not actor.belongs_to(record.unit):
        raise NotYourUnit(unit=record.unit)


def _not_by_own_unit(actor: Actor, record: Record) -> None:
    supporting = record.owed.supporting if isinstance(record.owed, TaskOwed) else ()
    for unit in (record.unit, *supporting):
        if actor.belongs_to(unit):
            raise CheckedByOwnUnit(unit=unit)


def _acceptance(command: Command, record: Record, rules: Rulebook) -> Clock:
    limit = acceptance_limit(record.campaign_id, rules)
    return start(ClockKind.ACCEPTANCE, record.campaign_id, limit, command.at, rules, started=record.clocks)
