"""What is done about an act: issued by the service, acknowledged and answered by the unit, recorded, withdrawn."""

from typing import TypeVar

from domain.accountability.clocks import start
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.decider import Command
from domain.item.rejections import NotYourUnit
from domain.rulebook.rulebook import Rulebook
from domain.supervision import commands as c
from domain.supervision import events as e
from domain.supervision.rejections import (
    ActAlreadyAcknowledged,
    ActNotInStep,
    InterviewBeforeSummons,
    InterviewInTheFuture,
    NotYetToBeIssued,
    NumberNotGivenError,
    RecordedByOwnUnit,
    WithdrawnByOwnUnit,
    WrongKindOfAct,
)
from domain.supervision.state import Act, Issued, Planned, Published, Summoned
from domain.supervision.values import SERIES_OF_ACT, ActKind

Step = TypeVar("Step", bound=Act)
_WITH_THE_UNIT = (Issued, Published, Summoned)


def issue(command: c.IssueAct, state: Act, rules: Rulebook) -> tuple[e.ActIssued]:
    """Issue it, not before its instant. Raises NumberNotGivenError without a number of its series."""
    planned = _in_step(command, state, Planned).file.planned
    if command.at < planned.issue_at:
        raise NotYetToBeIssued(issue_at=planned.issue_at.isoformat())
    if command.number is None or command.number.series is not SERIES_OF_ACT[planned.kind]:
        raise NumberNotGivenError(planned.kind)
    summons = planned.kind is ActKind.SUMMONS
    regime = rules.regime_since(planned.campaign_id, planned.policy_version)
    issued = e.ActIssued(
        occurred_at=command.at,
        number=command.number,
        documents=command.documents,
        clock=start(ClockKind.RECORD, regime, command.at) if summons else None,
    )
    return (issued,)


def acknowledge(command: c.AcknowledgeAct, state: Act) -> tuple[e.ActAcknowledged]:
    """签收, once; whoever has answered has received it."""
    step = _in_step(command, state, *_WITH_THE_UNIT)
    unit = _by_unit(command.actor, step)
    if step.file.acknowledged_at is not None:
        raise ActAlreadyAcknowledged
    return (e.ActAcknowledged(occurred_at=command.at, unit=unit),)


def answer(command: c.AnswerAct, state: Act) -> tuple[e.ActAnswered]:
    """回复, as often as the unit has something to add; late after the instant the order names."""
    step = _in_step(command, state, *_WITH_THE_UNIT)
    answer_by = step.file.planned.answer_by
    answered = e.ActAnswered(
        occurred_at=command.at,
        unit=_by_unit(command.actor, step),
        account=command.account,
        evidence=command.evidence,
        late=answer_by is not None and command.at > answer_by,
    )
    return (answered,)


def publish(command: c.RecordPublication, state: Act) -> tuple[e.CriticismPublished]:
    """通报: in which bulletin the criticism stands."""
    if state.file.planned.kind is not ActKind.CRITICISM:
        raise WrongKindOfAct(act_kind=state.file.planned.kind, command=type(command).__name__)
    _in_step(command, state, Issued)
    published = e.CriticismPublished(
        occurred_at=command.at, bulletin_id=command.bulletin_id, bulletin=command.bulletin, edition=command.edition
    )
    return (published,)


def record(command: c.RecordInterview, state: Act) -> tuple[e.InterviewRecorded]:
    """约谈记录 by somebody else than the unit; late once its deadline was marked as passed."""
    if state.file.planned.kind is not ActKind.SUMMONS:
        raise WrongKindOfAct(act_kind=state.file.planned.kind, command=type(command).__name__)
    step = _in_step(command, state, Summoned)
    if command.actor.belongs_to(step.file.planned.unit):
        raise RecordedByOwnUnit(unit=step.file.planned.unit)
    if command.held_at > command.at:
        raise InterviewInTheFuture(held_at=command.held_at.isoformat())
    if command.held_at < step.clock.opened_at:
        raise InterviewBeforeSummons(held_at=command.held_at.isoformat())
    recorded = e.InterviewRecorded(
        occurred_at=command.at,
        held_at=command.held_at,
        interviewer=command.interviewer,
        interviewed=command.interviewed,
        account=command.account,
        undertaking=command.undertaking,
        evidence=command.evidence,
        documents=command.documents,
        late=step.clock.overdue_at is not None,
    )
    return (recorded,)


def withdraw(command: c.WithdrawAct, state: Act) -> tuple[e.ActWithdrawn]:
    """撤销: by the service before it is issued, by the office until it is published or recorded."""
    by_office = command.actor.role is Role.OFFICE
    step = _in_step(command, state, *((Planned, Issued, Summoned) if by_office else (Planned,)))
    if command.actor.belongs_to(step.file.planned.unit):
        raise WithdrawnByOwnUnit(unit=step.file.planned.unit)
    return (e.ActWithdrawn(occurred_at=command.at, reason=command.reason, issued=not isinstance(step, Planned)),)


def _by_unit(actor: Actor, state: Act) -> str:
    unit = state.file.planned.unit
    if not actor.belongs_to(unit):
        raise NotYourUnit(unit=unit)
    return unit


def _in_step(command: Command, state: Act, *steps: type[Step]) -> Step:
    if isinstance(state, steps):
        return state
    raise ActNotInStep(act_status=state.status, command=type(command).__name__)
