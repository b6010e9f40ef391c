"""What unit, office and leading group do about a case: notify, state, find, decide, appeal, review, carry out."""

from typing import TypeVar

from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.clocks import start
from domain.accountability.grounds import together
from domain.accountability.opening import given
from domain.accountability.permissions import is_of_the_accused_unit, may_decide, may_handle, may_review
from domain.accountability.rejections import (
    AppealPeriodOver,
    CaseNotInStep,
    DecisionWithoutGrounds,
    MeasureNotMilder,
    MeasureStands,
    StatementPeriodOver,
    StatementPeriodRuns,
)
from domain.accountability.rules import Measure
from domain.accountability.state import (
    AwaitingDecision,
    AwaitingFinding,
    Case,
    Decided,
    Notified,
    Opened,
    Record,
    Step,
    ToCarryOut,
    UnderReview,
)
from domain.accountability.values import Grounds
from domain.clock import Clock, ClockKind
from domain.decider import Command
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CaseEvent, ...]
S = TypeVar("S", bound=Step)
_MILDEST_FIRST = tuple(Measure)


def notify(command: c.NotifyUnit, state: Case, rules: Rulebook) -> Events:
    """告知: from now on the unit may make its statement."""
    step = _in_step(command, state, Opened)
    clock = _next(ClockKind.STATEMENT, command, step.record, rules)
    return (e.UnitNotified(occurred_at=command.at, documents=command.documents, clock=clock),)


def submit_statement(command: c.SubmitStatement, state: Case, rules: Rulebook) -> Events:
    """申辩 by the accused unit, once, while its period runs."""
    is_of_the_accused_unit(command.actor, state.record)
    silent_since = state.record.silent_since
    if silent_since is not None:
        raise StatementPeriodOver(due_at=silent_since.isoformat())
    step = _in_step(command, state, Notified)
    stated = e.StatementSubmitted(
        occurred_at=command.at,
        unit=command.actor.unit or step.record.unit,
        statement=command.statement,
        evidence=command.evidence,
        clock=_next(ClockKind.FINDING, command, step.record, rules),
    )
    return (stated,)


def record_finding(command: c.RecordFinding, state: Case, rules: Rulebook) -> Events:
    """调查认定 by the office, after the unit was heard or kept silent."""
    _heard_first(state)
    step = _in_step(command, state, AwaitingFinding)
    may_handle(command.actor, step.record)
    found = e.FindingRecorded(
        occurred_at=command.at,
        finding=command.finding,
        grounds=command.grounds,
        proposed=command.proposed,
        evidence=command.evidence,
        clock=_next(ClockKind.DECISION, command, step.record, rules),
    )
    return (found,)


def decide_case(command: c.DecideCase, state: Case, rules: Rulebook) -> Events:
    """The leading group decides, under the policy in force. Without fault the case is closed.

    A measure rests on something that whoever appeals can look at; that there was no fault needs nothing.
    """
    _heard_first(state)
    step = _in_step(command, state, AwaitingDecision)
    record = step.record
    may_decide(command.actor, record, command.persons)
    policy = record.regime(rules).policy
    found = record.finding.grounds if record.finding else Grounds()
    faultless = command.measure is Measure.NO_FAULT
    grounds = together(record.opened.grounds, found, command.grounds)
    if grounds == Grounds() and not faultless:
        raise DecisionWithoutGrounds
    decided = e.CaseDecided(
        occurred_at=command.at,
        number=given(command.number),
        measure=command.measure,
        points=policy.accountability.points_for(command.measure),
        reasons=command.reasons,
        persons=command.persons,
        grounds=grounds,
        policy_version=policy.ref,
        decided_by=command.actor.principal,
        documents=command.documents,
        clock=None if faultless else _next(ClockKind.APPEAL, command, record, rules),
    )
    return (decided, e.CaseClosed(occurred_at=command.at, basis="no_fault")) if faultless else (decided,)


def appeal(command: c.AppealDecision, state: Case, rules: Rulebook) -> Events:
    """申诉 by the accused unit, once, while its period runs."""
    is_of_the_accused_unit(command.actor, state.record)
    lapsed_at = state.record.unappealed_since
    if lapsed_at is not None:
        raise AppealPeriodOver(due_at=lapsed_at.isoformat())
    step = _in_step(command, state, Decided)
    appealed = e.DecisionAppealed(
        occurred_at=command.at,
        unit=command.actor.unit or step.record.unit,
        reasons=command.reasons,
        evidence=command.evidence,
        clock=_next(ClockKind.REVIEW, command, step.record, rules),
    )
    return (appealed,)


def review(command: c.ReviewDecision, state: Case, rules: Rulebook) -> Events:
    """复核 by another of the leading group: a milder measure, or the one decided. Without fault nothing is left."""
    step = _in_step(command, state, UnderReview)
    record, decided = step.record, _decision(step.record)
    may_review(command.actor, record, decided.decided_by, decided.persons)
    policy = record.regime(rules).policy
    measure = _reviewed_measure(command, decided.measure)
    # An appeal that is upheld never costs more than the decision did, whatever policy came into force meanwhile.
    points = min(decided.points, policy.accountability.points_for(measure)) if command.upheld else decided.points
    faultless = measure is Measure.NO_FAULT
    reviewed = e.DecisionReviewed(
        occurred_at=command.at,
        number=given(command.number),
        upheld=command.upheld,
        measure=measure,
        points=points,
        reasons=command.reasons,
        grounds=together(decided.grounds, command.grounds),
        policy_version=policy.ref,
        reviewed_by=command.actor.principal,
        documents=command.documents,
        clock=None if faultless else _next(ClockKind.CARRY_OUT, command, record, rules),
    )
    return (reviewed, e.CaseClosed(occurred_at=command.at, basis="overturned")) if faultless else (reviewed,)


def carry_out(command: c.CarryOutDecision, state: Case) -> Events:
    """执行, and with it 结案."""
    step = _in_step(command, state, ToCarryOut)
    may_handle(command.actor, step.record)
    done = e.DecisionCarriedOut(occurred_at=command.at, account=command.account, evidence=command.evidence)
    return (done, e.CaseClosed(occurred_at=command.at, basis="carried_out"))


def withdraw(command: c.WithdrawCase, state: Case) -> Events:
    """撤案 before a decision; what was decided is reviewed or carried out."""
    step = _in_step(command, state, Opened, Notified, AwaitingFinding, AwaitingDecision)
    may_handle(command.actor, step.record)
    told = not isinstance(step, Opened)
    return (e.CaseWithdrawn(occurred_at=command.at, reason=command.reason, notified=told),)


def note_excuse(command: c.NoteExcuse, state: Case) -> Events:
    """申诉成立, after the case was opened: noted once, while something about it can still be decided or withdrawn."""
    record = _in_step(command, state, Step).record
    if record.excused is not None:
        return ()
    noted = e.GroundExcused(
        occurred_at=command.at,
        source=command.source,
        stream_id=command.stream_id,
        clock_id=command.clock_id,
        due_at=command.due_at,
    )
    return (noted,)


def _in_step(command: Command, state: Case, *steps: type[S]) -> S:
    if isinstance(state, steps):
        return state
    raise CaseNotInStep(status=state.status, command=type(command).__name__)


def _heard_first(state: Case) -> None:
    if isinstance(state, Opened | Notified):
        raise StatementPeriodRuns(status=state.status)


def _next(kind: ClockKind, command: Command, record: Record, rules: Rulebook) -> Clock:
    return start(kind, record.regime(rules), command.at, started=record.clocks)


def _decision(record: Record) -> e.CaseDecided:
    if record.decided is None:
        raise LookupError("a case under review has its decision")
    return record.decided


def _reviewed_measure(command: c.ReviewDecision, decided: Measure) -> Measure:
    if not command.upheld:
        if command.measure not in (None, decided):
            raise MeasureStands(measure=decided)
        return decided
    if command.measure is None or _MILDEST_FIRST.index(command.measure) >= _MILDEST_FIRST.index(decided):
        raise MeasureNotMilder(measure=decided)
    return command.measure
