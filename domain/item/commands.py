"""What can be asked of a rectification item. Each is one wish of one principal at one instant."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.decider import Command, Reason
from domain.instant import Instant
from domain.item.values import Code, Evidence, Issue, Note
from domain.limits import Limit
from domain.text import Line, Passage

SomeEvidence = Annotated[tuple[Evidence, ...], Field(min_length=1, max_length=50)]
AnyEvidence = Annotated[tuple[Evidence, ...], Field(max_length=50)]
Supporting = Annotated[tuple[Code, ...], Field(max_length=20)]


class ReportIssue(Command):
    """上报. ``reported_at`` is when it was seen; clocks start at ``at``.

    ``register_now`` overrides a policy of manual registration. Without ``campaign_id`` the area decides.
    """

    item_id: UUID
    number: str
    issue: Issue
    reported_at: Instant
    rectify_by: Instant | None = None
    register_now: bool = False
    campaign_id: str | None = None
    recurrence_of: UUID | None = None


class ReportFixedOnTheSpot(Command):
    """随检立清: report, register and close in one go, with evidence of the correction."""

    item_id: UUID
    number: str
    issue: Issue
    reported_at: Instant
    campaign_id: str | None = None
    evidence: SomeEvidence


class ImportItem(Command):
    """A row of an old ledger: past dates become the events' dates, open items get running clocks.

    ``at`` is the instant of the import; ladders of clocks that already ran out start there. An ``ended_at`` before the
    report or after the import is taken for the nearer of the two: whoever reads the ledger tells about it.
    """

    item_id: UUID
    number: str
    issue: Issue
    reported_at: Instant
    outcome: Literal["dispatched", "rectifying", "closed", "voided", "transferred_out"]
    ended_at: Instant | None = None
    rectify_by: Instant | None = None
    unit: Code
    authority: Annotated[Line, Field(max_length=200)] | None = None
    campaign_id: str | None = None
    remark: Annotated[Passage, Field(max_length=500)] | None = None


class RegisterItem(Command):
    """立案."""


class DispatchItem(Command):
    """交办, again 再交办, or with supporting units 会办."""

    unit: Code
    supporting: Supporting = ()


class TransferItem(Command):
    """转办 to another unit."""

    unit: Code
    supporting: Supporting = ()
    reason: Reason


class TransferItemOut(Command):
    """转办 to an authority outside."""

    authority: Annotated[Line, Field(min_length=1, max_length=200)]
    reason: Reason


class AcceptItem(Command):
    """签收."""


class RefuseItem(Command):
    """退单."""

    reason: Reason


class SubmitRectification(Command):
    """反馈: the work is done, here is the evidence."""

    account: Annotated[Passage, Field(min_length=1, max_length=4000)]
    evidence: SomeEvidence


class PassCheck(Command):
    """核查 passed."""

    note: Note | None = None
    evidence: AnyEvidence = ()


class SendBack(Command):
    """返工."""

    reason: Reason
    evidence: AnyEvidence = ()


class CloseItem(Command):
    """销号, where the policy wants it as a step of its own."""


class ConfirmRecheck(Command):
    """回头看: it holds."""

    evidence: AnyEvidence = ()


class RecordRecurrence(Command):
    """反弹: it has come back."""

    new_item: UUID
    note: Reason
    evidence: AnyEvidence = ()


class LinkRecurrence(Command):
    """The workflow reports that the item that carries on exists."""


class ArchiveItem(Command):
    """归档."""


class VoidItem(Command):
    """作废."""

    reason: Reason


class MergeItem(Command):
    """并案 into an item that carries on; ``into_is_open`` was looked up by the caller.

    That was a moment ago: an AbsorbItem about the other item goes with it, and decides.
    """

    into: UUID
    into_is_open: bool
    reason: Reason


class AbsorbItem(Command):
    """并案, said to the item that carries on: ``item``, whose number is ``duplicate``, is merged into it."""

    item: UUID
    duplicate: str


class RequestExtension(Command):
    """延期, asked."""

    by: Limit
    reason: Reason


class GrantExtension(Command):
    """延期, granted as asked."""


class RefuseExtension(Command):
    """延期, refused."""

    reason: Reason


class SuspendItem(Command):
    """缓办/挂账."""

    reason: Reason
    review_on: Instant


class ResumeItem(Command):
    """恢复."""

    reason: Reason


class RecomputeDeadline(Command):
    """Compute the running clock again under the newest calendar."""

    reason: Reason


class ApplyRegime(Command):
    """Give the running clock the limit and ladder in force now: the phase, or the policy, has changed."""

    reason: Reason


class ExtendItem(Command):
    """延期 by the office of its own accord."""

    by: Limit
    reason: Reason


class AppealOverdue(Command):
    """申诉 against the overdue mark of a clock."""

    clock_id: str
    reason: Reason


class RuleOnAppeal(Command):
    """Grant or refuse an appeal."""

    clock_id: str
    granted: bool
    reason: Reason


class AddComment(Command):
    """A remark beside the line."""

    text: Reason


class FollowUp(Command):
    """The workflow asks: the instant has come, what follows? Nothing, if somebody acted meanwhile."""


Opening = ReportIssue | ReportFixedOnTheSpot | ImportItem
Handling = (
    RegisterItem
    | DispatchItem
    | TransferItem
    | TransferItemOut
    | AcceptItem
    | RefuseItem
    | SubmitRectification
    | PassCheck
    | SendBack
    | CloseItem
    | ConfirmRecheck
    | RecordRecurrence
    | LinkRecurrence
    | ArchiveItem
    | VoidItem
    | MergeItem
    | AbsorbItem
    | RequestExtension
    | GrantExtension
    | RefuseExtension
    | SuspendItem
    | ResumeItem
    | RecomputeDeadline
    | ApplyRegime
    | ExtendItem
    | AppealOverdue
    | RuleOnAppeal
    | AddComment
)
ItemCommand = Opening | Handling | FollowUp
