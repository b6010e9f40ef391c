"""What can be asked of an obligation."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.campaign.plan import Code, Day, Identifier
from domain.decider import Command, Reason
from domain.item.values import Evidence, Note
from domain.limits import Limit
from domain.obligation.values import DutyOwed, LetterOwed, MilestonePlan, Quantity
from domain.text import Text

EvidenceList = Annotated[tuple[Evidence, ...], Field(max_length=50)]


class Opening(Command):
    """What every obligation begins with. ``obligation_id`` follows from its key (identity.py)."""

    obligation_id: UUID
    campaign_id: Identifier
    unit: Code
    title: Text


class AssignDuty(Opening):
    """The workflow hands an occurrence of a duty to a unit."""

    owed: DutyOwed
    limit: Limit


class AssignTask(Opening):
    """任务分解: the office fixes department, leader, task, progress and responsibility.

    ``complete_by`` is the last day; without it, the day before the inspection.
    """

    task_id: Identifier
    leader: Code
    supporting: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    task: Note
    responsibility: Note
    indicator: Code | None = None
    standard_node: Code | None = None
    inspection_day: Day
    milestones: Annotated[tuple[MilestonePlan, ...], Field(max_length=50)] = ()
    complete_by: Day | None = None


class IssueLetter(Opening):
    """The office issues a responsibility letter 责任书 to a unit."""

    owed: LetterOwed
    limit: Limit


class ReportDuty(Command):
    """上报: the unit reports an occurrence, with every quantity it asks for."""

    account: Note | None = None
    quantities: Annotated[tuple[Quantity, ...], Field(max_length=100)] = ()
    evidence: EvidenceList = ()


class ReportProgress(Command):
    """进度: how far a task is, in percent, and which milestones are reached."""

    percent: Annotated[int, Field(strict=True, ge=0, le=100)]
    account: Note
    reached: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()
    evidence: EvidenceList = ()


class SubmitCompletion(Command):
    """The unit says the task is complete."""

    account: Note
    evidence: EvidenceList = ()


class SignLetter(Command):
    """签订."""

    evidence: EvidenceList = ()


class AcceptCompletion(Command):
    """验收 passed."""

    note: Note | None = None


class ReturnCompletion(Command):
    """Sent back, with the time the unit gets; without it, that of rework."""

    reason: Reason
    limit: Limit | None = None


class WithdrawObligation(Command):
    """撤销."""

    reason: Reason


class AppealObligation(Command):
    """申诉 against the overdue mark of a clock."""

    clock_id: str
    reason: Reason


class RuleOnObligationAppeal(Command):
    """Grant or refuse an appeal: the fact stays, points that rungs took because of the mark come back."""

    clock_id: str
    granted: bool
    reason: Reason


class FollowUpObligation(Command):
    """The workflow asks what follows, because an instant has come."""


ObligationOpening = AssignDuty | AssignTask | IssueLetter
ObligationHandling = (
    ReportDuty
    | ReportProgress
    | SubmitCompletion
    | SignLetter
    | AcceptCompletion
    | ReturnCompletion
    | WithdrawObligation
    | AppealObligation
    | RuleOnObligationAppeal
)
ObligationCommand = ObligationOpening | ObligationHandling | FollowUpObligation
