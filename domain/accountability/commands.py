"""What can be asked of an accountability case. Numbers and documents are completed in the command's own transaction."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.accountability.rules import Measure
from domain.accountability.values import Cause, Grounds, Number
from domain.decider import Command, Reason
from domain.document.values import Documents
from domain.instant import Instant
from domain.item.values import Evidence, Note
from domain.text import Code, Text

EvidenceList = Annotated[tuple[Evidence, ...], Field(max_length=50)]


class OpenCase(Command):
    """立案, by the service after the last rung or a ranking, or by hand. ``number`` is given in its turn."""

    case_id: UUID
    unit: Code
    campaign_id: str | None = None
    area: Code | None = None
    title: Text
    cause: Cause
    grounds: Grounds = Grounds()
    number: Number | None = None


class NotifyUnit(Command):
    """告知, by the service or the office."""

    documents: Documents = ()


class SubmitStatement(Command):
    """申辩, by the accused unit."""

    statement: Note
    evidence: EvidenceList = ()


class RecordFinding(Command):
    """调查认定, by the office."""

    finding: Note
    grounds: Grounds = Grounds()
    proposed: Measure
    evidence: EvidenceList = ()


class DecideCase(Command):
    """The leading group decides. ``persons``: opaque ids of those the measure concerns."""

    measure: Measure
    reasons: Note
    persons: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    grounds: Grounds = Grounds()
    number: Number | None = None
    documents: Documents = ()


class AppealDecision(Command):
    """申诉, by the accused unit."""

    reasons: Note
    evidence: EvidenceList = ()


class ReviewDecision(Command):
    """复核, by somebody of the leading group who did not decide. ``measure``: the new one, where upheld."""

    upheld: bool
    measure: Measure | None = None
    reasons: Note
    grounds: Grounds = Grounds()
    number: Number | None = None
    documents: Documents = ()


class CarryOutDecision(Command):
    """执行完毕, by the office."""

    account: Note
    evidence: EvidenceList = ()


class WithdrawCase(Command):
    """撤案, by the office, before a decision."""

    reason: Reason


class NoteExcuse(Command):
    """The service notes that an appeal was granted against the missed deadline that the case was opened for."""

    source: Literal["item", "obligation"]
    stream_id: UUID
    clock_id: str
    due_at: Instant


class FollowUpCase(Command):
    """The workflow asks what follows, because an instant has come."""


CaseHandling = (
    NotifyUnit
    | SubmitStatement
    | RecordFinding
    | DecideCase
    | AppealDecision
    | ReviewDecision
    | CarryOutDecision
    | WithdrawCase
    | NoteExcuse
)
CaseCommand = OpenCase | CaseHandling | FollowUpCase
