"""What can happen to a rectification item. Names and fields never change; see tests/domain/golden."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.clock import Clock, ClockKind
from domain.decider import Event
from domain.instant import Instant
from domain.item.values import Assignment, Evidence, Issue
from domain.ladder import Occasion, Recipient, Rung
from domain.limits import Limit

ClosingBasis = Literal["check_passed", "fixed_on_the_spot", "imported"]


class IssueReported(Event):
    """上报: somebody saw something. ``clock`` waits for registration, unless that follows at once."""

    type: Literal["item.reported.v1"] = "item.reported.v1"
    item_id: UUID
    number: str
    issue: Issue
    rectify_by: datetime | None = None
    recurrence_of: UUID | None = None
    campaign_id: str | None = None
    clock: Clock | None = None


class ItemRegistered(Event):
    """立案: the issue is an obligation now. ``clock`` waits for the dispatch, unless that follows at once."""

    type: Literal["item.registered.v1"] = "item.registered.v1"
    policy_version: str
    clock: Clock | None = None


class ItemDispatched(Event):
    """交办 to a unit (again: 再交办; jointly: 会办). ``clock``: accept by."""

    type: Literal["item.dispatched.v1"] = "item.dispatched.v1"
    assignment: Assignment
    clock: Clock


class ItemTransferred(Event):
    """转办 from one unit to another before the work is done. ``clock``: accept by."""

    type: Literal["item.transferred.v1"] = "item.transferred.v1"
    assignment: Assignment
    reason: str
    clock: Clock


class ItemTransferredOut(Event):
    """转办 to an authority outside this city's units; the item ends here."""

    type: Literal["item.transferred_out.v1"] = "item.transferred_out.v1"
    authority: str
    reason: str


class ItemAccepted(Event):
    """签收. ``clock``: rectify by."""

    type: Literal["item.accepted.v1"] = "item.accepted.v1"
    unit: str
    clock: Clock


class ItemRefused(Event):
    """退单 with a reason: back to the office. ``clock``: dispatch by."""

    type: Literal["item.refused.v1"] = "item.refused.v1"
    unit: str
    reason: str
    clock: Clock


class RectificationSubmitted(Event):
    """反馈 with evidence. ``clock``: check by."""

    type: Literal["item.submitted.v1"] = "item.submitted.v1"
    unit: str
    account: str
    evidence: tuple[Evidence, ...]
    clock: Clock


class CheckPassed(Event):
    """核查 passed. ``clock`` waits for closing, unless that follows at once."""

    type: Literal["item.check_passed.v1"] = "item.check_passed.v1"
    note: str | None = None
    evidence: tuple[Evidence, ...] = ()
    clock: Clock | None = None


class ItemSentBack(Event):
    """返工: the check did not pass. ``clock``: rectify by, anew."""

    type: Literal["item.sent_back.v1"] = "item.sent_back.v1"
    reason: str
    evidence: tuple[Evidence, ...] = ()
    clock: Clock


class ItemClosed(Event):
    """销号. ``clock``: recheck on, where the category is rechecked."""

    type: Literal["item.closed.v1"] = "item.closed.v1"
    basis: ClosingBasis
    clock: Clock | None = None
    remark: str | None = None


class ItemFixedOnTheSpot(Event):
    """随检立清: reported already corrected, with evidence."""

    type: Literal["item.fixed_on_the_spot.v1"] = "item.fixed_on_the_spot.v1"
    evidence: tuple[Evidence, ...]


class RecheckHeld(Event):
    """回头看: it is still in order."""

    type: Literal["item.recheck_held.v1"] = "item.recheck_held.v1"
    evidence: tuple[Evidence, ...] = ()


class ItemRecurred(Event):
    """反弹: it has come back; ``new_item`` will carry on."""

    type: Literal["item.recurred.v1"] = "item.recurred.v1"
    new_item: UUID
    note: str
    evidence: tuple[Evidence, ...] = ()


class RecurrenceOpened(Event):
    """The item that carries on now exists."""

    type: Literal["item.recurrence_opened.v1"] = "item.recurrence_opened.v1"
    new_item: UUID


class ItemArchived(Event):
    """归档."""

    type: Literal["item.archived.v1"] = "item.archived.v1"


class ItemVoided(Event):
    """作废, with a reason."""

    type: Literal["item.voided.v1"] = "item.voided.v1"
    reason: str


class ItemMerged(Event):
    """并案: a duplicate of another item, which carries on for both."""

    type: Literal["item.merged.v1"] = "item.merged.v1"
    into: UUID
    reason: str


class ItemAbsorbed(Event):
    """并案, seen from the item that carries on: a duplicate was merged into it, in the same transaction."""

    type: Literal["item.absorbed.v1"] = "item.absorbed.v1"
    item: UUID
    duplicate: str


class ExtensionRequested(Event):
    """延期, asked by the unit."""

    type: Literal["item.extension_requested.v1"] = "item.extension_requested.v1"
    by: Limit
    reason: str


class ExtensionGranted(Event):
    """延期, granted: ``clock`` carries the new deadline, ``due_before`` the old one."""

    type: Literal["item.extension_granted.v1"] = "item.extension_granted.v1"
    by: Limit
    due_before: datetime | None = None
    clock: Clock


class ExtensionRefused(Event):
    """延期, refused with a reason."""

    type: Literal["item.extension_refused.v1"] = "item.extension_refused.v1"
    reason: str


class ItemSuspended(Event):
    """缓办/挂账: the clock stands still until resumed; ``review_on`` is when somebody looks again."""

    type: Literal["item.suspended.v1"] = "item.suspended.v1"
    reason: str
    review_on: datetime
    clock: Clock


class SuspensionReviewFellDue(Event):
    """The review date of a suspension has come. While it stays suspended, the next one is ``next_review_on``."""

    type: Literal["item.suspension_review_fell_due.v1"] = "item.suspension_review_fell_due.v1"
    review_on: datetime
    next_review_on: datetime


class ItemResumed(Event):
    """恢复: the clock runs on with what was left."""

    type: Literal["item.resumed.v1"] = "item.resumed.v1"
    reason: str
    clock: Clock


class DeadlineRecomputed(Event):
    """The same clock under a newer calendar: a provisional 暂定 deadline became firm. Both dates are kept."""

    type: Literal["item.deadline_recomputed.v1"] = "item.deadline_recomputed.v1"
    reason: str
    due_before: datetime | None = None
    clock: Clock


class LimitChanged(Event):
    """The same clock under the limit and ladder of other rules, as when a phase opens. Both dates are kept."""

    type: Literal["item.limit_changed.v1"] = "item.limit_changed.v1"
    reason: str
    due_before: datetime | None = None
    clock: Clock


class ItemFellOverdue(Event):
    """A clock ran out. Recorded once per deadline: a late extension can give the clock another one."""

    type: Literal["item.fell_overdue.v1"] = "item.fell_overdue.v1"
    clock_id: str
    kind: ClockKind
    due_at: datetime
    unit: str | None = None


class RungClimbed(Event):
    """督办升级: a rung of the ladder, once per clock. ``planned_at`` is when it was to be climbed.

    ``occasion``: why; ``recipients`` are told; ``points`` are taken from the unit; until ``answer_by`` the unit is
    to have answered the order. ``due_at`` is the clock's due instant at the climb: with the clock it names the overdue
    mark that follows or came before, so that a granted appeal against that mark takes the points back. ``excused``:
    that appeal was granted already (`domain.item.excuse`), so the rung takes nothing and leads to nothing.
    """

    type: Literal["item.rung_climbed.v1"] = "item.rung_climbed.v1"
    clock_id: str
    rung: Rung
    planned_at: datetime
    unit: str | None = None
    policy_version: str
    occasion: Occasion = "time"
    recipients: tuple[Recipient, ...] = ()
    points: int = 0
    answer_by: Instant | None = None
    due_at: Instant | None = None
    excused: bool = False


class AccountabilityFellDue(Event):
    """The last rung: an accountability case 问责案件 is to be opened against the unit."""

    type: Literal["item.accountability_fell_due.v1"] = "item.accountability_fell_due.v1"
    clock_id: str
    unit: str | None = None
    policy_version: str
    due_at: Instant | None = None


class OverdueAppealed(Event):
    """申诉 against an overdue mark, named by its clock and the due instant that passed."""

    type: Literal["item.overdue_appealed.v1"] = "item.overdue_appealed.v1"
    clock_id: str
    unit: str
    reason: str
    due_at: Instant | None = None


class OverdueAppealGranted(Event):
    """The fact stays, the score is corrected."""

    type: Literal["item.overdue_appeal_granted.v1"] = "item.overdue_appeal_granted.v1"
    clock_id: str
    reason: str
    due_at: Instant | None = None
    unit: str | None = None


class OverdueAppealRefused(Event):
    """The mark counts."""

    type: Literal["item.overdue_appeal_refused.v1"] = "item.overdue_appeal_refused.v1"
    clock_id: str
    reason: str
    due_at: Instant | None = None
    unit: str | None = None


class CommentAdded(Event):
    """A remark beside the line."""

    type: Literal["item.commented.v1"] = "item.commented.v1"
    text: str


ItemEvent = (
    IssueReported
    | ItemRegistered
    | ItemDispatched
    | ItemTransferred
    | ItemTransferredOut
    | ItemAccepted
    | ItemRefused
    | RectificationSubmitted
    | CheckPassed
    | ItemSentBack
    | ItemClosed
    | ItemFixedOnTheSpot
    | RecheckHeld
    | ItemRecurred
    | RecurrenceOpened
    | ItemArchived
    | ItemVoided
    | ItemMerged
    | ItemAbsorbed
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
    | ItemSuspended
    | SuspensionReviewFellDue
    | ItemResumed
    | DeadlineRecomputed
    | LimitChanged
    | ItemFellOverdue
    | RungClimbed
    | AccountabilityFellDue
    | OverdueAppealed
    | OverdueAppealGranted
    | OverdueAppealRefused
    | CommentAdded
)
ITEM_EVENTS: TypeAdapter[ItemEvent] = TypeAdapter(Annotated[ItemEvent, Field(discriminator="type")])
