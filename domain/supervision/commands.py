"""What can be asked of an act of supervision. Numbers and documents are completed in the command's own transaction."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.accountability.values import Cause, Number
from domain.decider import Command, Reason
from domain.document.values import Documents
from domain.instant import Instant
from domain.item.values import Evidence, Note
from domain.ladder import Recipient
from domain.supervision.events import Summoner
from domain.supervision.values import ActKind
from domain.text import Code, Text

EvidenceList = Annotated[tuple[Evidence, ...], Field(max_length=50)]


class PlanAct(Command):
    """Have an act issued: by the service after a rung or a ranking, or by the office by hand.

    ``issue_at`` absent: at once, a reminder when the next working day begins.
    """

    act_id: UUID
    kind: ActKind
    unit: Code
    campaign_id: str | None = None
    area: Code | None = None
    title: Text
    cause: Cause
    recipients: tuple[Recipient, ...] = ()
    points: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    summoned_by: Summoner | None = None
    answer_by: Instant | None = None


class IssueAct(Command):
    """Give it its number and its documents, by the service."""

    number: Number | None = None
    documents: Documents = ()


class AcknowledgeAct(Command):
    """签收, by the unit."""


class AnswerAct(Command):
    """回复, by the unit."""

    account: Note
    evidence: EvidenceList = ()


class RecordPublication(Command):
    """The service notes in which bulletin a criticism stands."""

    bulletin_id: UUID
    bulletin: str
    edition: int


class RecordInterview(Command):
    """约谈记录, by the office or the leading group."""

    held_at: Instant
    interviewer: Code
    interviewed: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    account: Note
    undertaking: Note
    evidence: EvidenceList = ()
    documents: Documents = ()


class WithdrawAct(Command):
    """撤销."""

    reason: Reason


class FollowUpAct(Command):
    """The workflow asks what follows, because an instant has come."""


ActHandling = AcknowledgeAct | AnswerAct | RecordPublication | RecordInterview | WithdrawAct | IssueAct
ActCommand = PlanAct | ActHandling | FollowUpAct
