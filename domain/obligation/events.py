"""What can happen to an obligation. Names and fields never change; see tests/domain/golden."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.clock import Clock, ClockKind
from domain.decider import Event
from domain.instant import Instant
from domain.item.values import Evidence
from domain.ladder import Occasion, Recipient, Rung
from domain.obligation.values import Owed, Quantity
from domain.text import Text


class ObligationAssigned(Event):
    """A unit owes something. ``clock``: report, complete or sign by."""

    type: Literal["obligation.assigned.v1"] = "obligation.assigned.v1"
    obligation_id: UUID
    number: str
    campaign_id: str
    unit: str
    title: Text
    owed: Owed
    clock: Clock


class ProgressReported(Event):
    """进度."""

    type: Literal["obligation.progress_reported.v1"] = "obligation.progress_reported.v1"
    percent: int
    account: str
    reached: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class MilestoneMissed(Event):
    """A milestone was not reached by its instant. Recorded once."""

    type: Literal["obligation.milestone_missed.v1"] = "obligation.milestone_missed.v1"
    milestone_id: str
    due_at: Instant


class CompletionSubmitted(Event):
    """The unit says it is done; somebody else accepts. ``clock``: accept by."""

    type: Literal["obligation.submitted.v1"] = "obligation.submitted.v1"
    account: str | None = None
    quantities: tuple[Quantity, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    late: bool
    clock: Clock


class ObligationFulfilled(Event):
    """A duty was reported, or a letter signed: that is all there is to it."""

    type: Literal["obligation.fulfilled.v1"] = "obligation.fulfilled.v1"
    account: str | None = None
    quantities: tuple[Quantity, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    late: bool


class CompletionAccepted(Event):
    """验收 passed."""

    type: Literal["obligation.accepted.v1"] = "obligation.accepted.v1"
    note: str | None = None
    late: bool


class CompletionReturned(Event):
    """Sent back. ``clock``: complete by, anew."""

    type: Literal["obligation.returned.v1"] = "obligation.returned.v1"
    reason: str
    clock: Clock


class ObligationWithdrawn(Event):
    """撤销, with a reason."""

    type: Literal["obligation.withdrawn.v1"] = "obligation.withdrawn.v1"
    reason: str


class ObligationFellOverdue(Event):
    """A clock ran out. Recorded once per clock."""

    type: Literal["obligation.fell_overdue.v1"] = "obligation.fell_overdue.v1"
    clock_id: str
    kind: ClockKind
    due_at: Instant
    unit: str | None = None


class ObligationRungClimbed(Event):
    """督办升级: a rung of the ladder, once per clock. ``planned_at`` is when it was to be climbed.

    ``occasion``: why; ``recipients`` are told; ``points`` are taken from the unit; until ``answer_by`` the unit is
    to have answered the order. ``due_at`` is the clock's due instant at the climb: with the clock it names the overdue
    mark that follows or came before, so that a granted appeal against that mark takes the points back. ``excused``:
    that appeal was granted already (`domain.item.excuse`), so the rung takes nothing and leads to nothing.
    """

    type: Literal["obligation.rung_climbed.v1"] = "obligation.rung_climbed.v1"
    clock_id: str
    rung: Rung
    planned_at: Instant
    unit: str | None = None
    policy_version: str
    occasion: Occasion = "time"
    recipients: tuple[Recipient, ...] = ()
    points: int = 0
    answer_by: Instant | None = None
    due_at: Instant | None = None
    excused: bool = False


class ObligationAccountabilityFellDue(Event):
    """The last rung: an accountability case 问责案件 is to be opened against the unit."""

    type: Literal["obligation.accountability_fell_due.v1"] = "obligation.accountability_fell_due.v1"
    clock_id: str
    unit: str | None = None
    policy_version: str
    due_at: Instant | None = None


class ObligationOverdueAppealed(Event):
    """申诉 against an overdue mark, named by its clock and the due instant that passed."""

    type: Literal["obligation.overdue_appealed.v1"] = "obligation.overdue_appealed.v1"
    clock_id: str
    unit: str
    reason: str
    due_at: Instant


class ObligationAppealGranted(Event):
    """The fact stays, the score is corrected."""

    type: Literal["obligation.overdue_appeal_granted.v1"] = "obligation.overdue_appeal_granted.v1"
    clock_id: str
    reason: str
    due_at: Instant


class ObligationAppealRefused(Event):
    """The mark counts."""

    type: Literal["obligation.overdue_appeal_refused.v1"] = "obligation.overdue_appeal_refused.v1"
    clock_id: str
    reason: str
    due_at: Instant


ObligationEvent = (
    ObligationAssigned
    | ProgressReported
    | MilestoneMissed
    | CompletionSubmitted
    | ObligationFulfilled
    | CompletionAccepted
    | CompletionReturned
    | ObligationWithdrawn
    | ObligationFellOverdue
    | ObligationRungClimbed
    | ObligationAccountabilityFellDue
    | ObligationOverdueAppealed
    | ObligationAppealGranted
    | ObligationAppealRefused
)
OBLIGATION_EVENTS: TypeAdapter[ObligationEvent] = TypeAdapter(Annotated[ObligationEvent, Field(discriminator="type")])
