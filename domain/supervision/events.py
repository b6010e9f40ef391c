"""What can happen to an act of supervision 督办文书. Names and fields never change; see tests/domain/golden."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.accountability.values import Cause, Number
from domain.clock import Clock
from domain.decider import Event
from domain.document.values import Documents
from domain.instant import Instant
from domain.item.values import Evidence
from domain.ladder import Recipient
from domain.supervision.values import ActKind
from domain.text import Text

Summoner = Literal["city_leader", "personnel_department", "campaign_office"]


class ActPlanned(Event):
    """An act will be issued at an instant: a reminder on the next working day, everything else at once.

    ``answer_by``: until when the unit is to have answered the order. ``points`` are taken from the unit.
    """

    type: Literal["act.planned.v1"] = "act.planned.v1"
    act_id: UUID
    kind: ActKind
    unit: str
    campaign_id: str | None = None
    area: str | None = None
    title: Text
    cause: Cause
    policy_version: str
    recipients: tuple[Recipient, ...] = ()
    points: int = 0
    summoned_by: Summoner | None = None
    answer_by: Instant | None = None
    issue_at: Instant


class ActIssued(Event):
    """The act has its number and its documents. ``clock``: a summons' record is to be filed by."""

    type: Literal["act.issued.v1"] = "act.issued.v1"
    number: Number
    documents: Documents = ()
    clock: Clock | None = None


class ActAcknowledged(Event):
    """签收: the unit has it."""

    type: Literal["act.acknowledged.v1"] = "act.acknowledged.v1"
    unit: str


class ActAnswered(Event):
    """回复: what the unit has to say and has done."""

    type: Literal["act.answered.v1"] = "act.answered.v1"
    unit: str
    account: str
    evidence: tuple[Evidence, ...] = ()
    late: bool = False


class CriticismPublished(Event):
    """The unit was named in a bulletin 通报."""

    type: Literal["act.published.v1"] = "act.published.v1"
    bulletin_id: UUID
    bulletin: str
    edition: int


class InterviewRecorded(Event):
    """约谈记录 filed: who spoke with whom when, and what the unit undertook. Principals are opaque ids."""

    type: Literal["act.interview_recorded.v1"] = "act.interview_recorded.v1"
    held_at: Instant
    interviewer: str
    interviewed: tuple[str, ...]
    account: str
    undertaking: str
    evidence: tuple[Evidence, ...] = ()
    documents: Documents = ()
    late: bool = False


class RecordFellOverdue(Event):
    """The record of the interview was not filed in time. Recorded once."""

    type: Literal["act.fell_overdue.v1"] = "act.fell_overdue.v1"
    clock_id: str
    due_at: Instant


class ActWithdrawn(Event):
    """撤销, with a reason: by the office, or by itself where its occasion was gone before it was ``issued``."""

    type: Literal["act.withdrawn.v1"] = "act.withdrawn.v1"
    reason: str
    issued: bool | None = None


ActEvent = (
    ActPlanned
    | ActIssued
    | ActAcknowledged
    | ActAnswered
    | CriticismPublished
    | InterviewRecorded
    | RecordFellOverdue
    | ActWithdrawn
)
ACT_EVENTS: TypeAdapter[ActEvent] = TypeAdapter(Annotated[ActEvent, Field(discriminator="type")])
