"""What can happen to an accountability case 问责案件. Names and fields never change; see tests/domain/golden."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.accountability.rules import Measure
from domain.accountability.values import Cause, Grounds, Number
from domain.clock import Clock, ClockKind
from domain.decider import Event
from domain.document.values import Documents
from domain.instant import Instant
from domain.item.values import Evidence
from domain.text import Text

ClosingBasis = Literal["no_fault", "carried_out", "overturned"]


class CaseOpened(Event):
    """立案 against a unit. ``clock``: notify the unit by."""

    type: Literal["case.opened.v1"] = "case.opened.v1"
    case_id: UUID
    number: Number
    unit: str
    campaign_id: str | None = None
    area: str | None = None
    title: Text
    cause: Cause
    grounds: Grounds
    policy_version: str
    clock: Clock


class UnitNotified(Event):
    """告知: the unit knows the case and its rights. ``clock``: its statement by."""

    type: Literal["case.unit_notified.v1"] = "case.unit_notified.v1"
    documents: Documents = ()
    clock: Clock


class StatementSubmitted(Event):
    """申辩 in time. ``clock``: finding by."""

    type: Literal["case.statement_submitted.v1"] = "case.statement_submitted.v1"
    unit: str
    statement: str
    evidence: tuple[Evidence, ...] = ()
    clock: Clock


class StatementAbsent(Event):
    """The period for the statement has passed without one. ``clock``: finding by."""

    type: Literal["case.statement_absent.v1"] = "case.statement_absent.v1"
    due_at: Instant
    clock: Clock


class FindingRecorded(Event):
    """调查认定 by the office, with the measure it proposes. ``clock``: decide by."""

    type: Literal["case.finding_recorded.v1"] = "case.finding_recorded.v1"
    finding: str
    grounds: Grounds
    proposed: Measure
    evidence: tuple[Evidence, ...] = ()
    clock: Clock


class CaseDecided(Event):
    """问责决定 by the leading group, under a policy version, on these grounds. ``clock``: appeal by; none: no fault."""

    type: Literal["case.decided.v1"] = "case.decided.v1"
    number: Number
    measure: Measure
    points: int
    reasons: str
    persons: tuple[str, ...] = ()
    grounds: Grounds
    policy_version: str
    decided_by: str
    documents: Documents = ()
    clock: Clock | None = None


class DecisionAppealed(Event):
    """申诉 by the unit, in time. ``clock``: review by."""

    type: Literal["case.appealed.v1"] = "case.appealed.v1"
    unit: str
    reasons: str
    evidence: tuple[Evidence, ...] = ()
    clock: Clock


class AppealPeriodLapsed(Event):
    """Nobody appealed in time: the decision stands. ``clock``: carry out by."""

    type: Literal["case.appeal_lapsed.v1"] = "case.appeal_lapsed.v1"
    due_at: Instant
    clock: Clock


class DecisionReviewed(Event):
    """复核: the appeal is upheld, with another measure, or rejected. ``clock``: carry out by; none: nothing is left."""

    type: Literal["case.reviewed.v1"] = "case.reviewed.v1"
    number: Number
    upheld: bool
    measure: Measure
    points: int
    reasons: str
    grounds: Grounds
    policy_version: str
    reviewed_by: str
    documents: Documents = ()
    clock: Clock | None = None


class DecisionCarriedOut(Event):
    """执行."""

    type: Literal["case.carried_out.v1"] = "case.carried_out.v1"
    account: str
    evidence: tuple[Evidence, ...] = ()


class CaseClosed(Event):
    """结案."""

    type: Literal["case.closed.v1"] = "case.closed.v1"
    basis: ClosingBasis


class CaseWithdrawn(Event):
    """撤案 before a decision, with a reason. ``notified``: the unit had been told of the case."""

    type: Literal["case.withdrawn.v1"] = "case.withdrawn.v1"
    reason: str
    notified: bool | None = None


class GroundExcused(Event):
    """申诉成立 against the missed deadline that a rung opened the case for. The office withdraws it, or it goes on.

    Recorded once, for those who decide. ``stream_id``: of the item or obligation; ``due_at``: the deadline missed.
    """

    type: Literal["case.ground_excused.v1"] = "case.ground_excused.v1"
    source: Literal["item", "obligation"]
    stream_id: UUID
    clock_id: str
    due_at: Instant


class CaseFellOverdue(Event):
    """A step of the case itself is late. Recorded once per clock."""

    type: Literal["case.fell_overdue.v1"] = "case.fell_overdue.v1"
    clock_id: str
    kind: ClockKind
    due_at: Instant


CaseEvent = (
    CaseOpened
    | UnitNotified
    | StatementSubmitted
    | StatementAbsent
    | FindingRecorded
    | CaseDecided
    | DecisionAppealed
    | AppealPeriodLapsed
    | DecisionReviewed
    | DecisionCarriedOut
    | CaseClosed
    | CaseWithdrawn
    | GroundExcused
    | CaseFellOverdue
)
CASE_EVENTS: TypeAdapter[CaseEvent] = TypeAdapter(Annotated[CaseEvent, Field(discriminator="type")])
