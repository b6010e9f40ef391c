"""The steps an item is in, exactly one at a time, and how events move it."""

from typing import Annotated, Literal, TypeVar, assert_never
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.clock import Clock, ClockKind, mark_overdue
from domain.clock import climb as climb_on_clock
from domain.instant import Instant
from domain.item import events as e
from domain.item.excuse import missed_deadline
from domain.item.values import AppealStatus, Assignment, Climb, ExtensionRequest, Issue, OverdueMark, Value


class Dossier(Value):
    """案卷: what every step of one item shares. ``clocks`` counts how often each kind was started.

    ``reworking``: the running clock began when a check sent the work back. ``reworks_before``: those of earlier
    dispatches, which do not count against the unit it lies with now. ``absorbed``: duplicates merged into it.
    """

    item_id: UUID
    number: str
    issue: Issue
    reported_at: Instant
    policy_version: str | None = None
    rectify_by: Instant | None = None
    recurrence_of: UUID | None = None
    campaign_id: str | None = None
    clocks: dict[ClockKind, int] = Field(default_factory=dict)
    rounds: int = 0
    refusals: int = 0
    reworks: int = 0
    reworking: bool = False
    reworks_before: int = 0
    extensions: int = 0
    extension_request: ExtensionRequest | None = None
    marks: tuple[OverdueMark, ...] = ()
    climbs: tuple[Climb, ...] = ()
    absorbed: tuple[UUID, ...] = ()
    updated_at: Instant


class Reported(Value):
    """Waiting to be registered."""

    status: Literal["reported"] = "reported"
    dossier: Dossier
    clock: Clock | None


class Registered(Value):
    """Waiting for the office to dispatch it."""

    status: Literal["registered"] = "registered"
    dossier: Dossier
    clock: Clock | None


class Dispatched(Value):
    """Waiting for the unit to accept."""

    status: Literal["dispatched"] = "dispatched"
    dossier: Dossier
    assignment: Assignment
    clock: Clock


class Rectifying(Value):
    """The unit is at work."""

    status: Literal["rectifying"] = "rectifying"
    dossier: Dossier
    assignment: Assignment
    clock: Clock


class Submitted(Value):
    """Waiting for the check."""

    status: Literal["submitted"] = "submitted"
    dossier: Dossier
    assignment: Assignment
    clock: Clock


class Passed(Value):
    """Checked; waiting for the office to close it."""

    status: Literal["passed"] = "passed"
    dossier: Dossier
    assignment: Assignment
    clock: Clock | None


class Suspended(Value):
    """The clock stands still; ``resumes`` is the step it goes on from. Reviewed until somebody resumes it."""

    status: Literal["suspended"] = "suspended"
    resumes: Annotated[Registered | Dispatched | Rectifying, Field(discriminator="status")]
    review_on: Instant

    @property
    def dossier(self) -> Dossier:
        """The dossier of the step underneath."""
        return self.resumes.dossier


class Closed(Value):
    """Struck off; rechecked when ``clock`` says so."""

    status: Literal["closed"] = "closed"
    dossier: Dossier
    assignment: Assignment | None
    clock: Clock | None


class Recurred(Value):
    """It came back; ``new_item`` carries on, and ``linked`` says that it exists."""

    status: Literal["recurred"] = "recurred"
    dossier: Dossier
    assignment: Assignment | None
    new_item: UUID
    linked: bool = False


class Archived(Value):
    """归档: over."""

    status: Literal["archived"] = "archived"
    dossier: Dossier
    assignment: Assignment | None


class Voided(Value):
    """作废: over."""

    status: Literal["voided"] = "voided"
    dossier: Dossier
    assignment: Assignment | None = None


class Merged(Value):
    """并案: over; ``into`` carries on."""

    status: Literal["merged"] = "merged"
    dossier: Dossier
    assignment: Assignment | None = None
    into: UUID


class TransferredOut(Value):
    """转办 to an authority outside: over for us."""

    status: Literal["transferred_out"] = "transferred_out"
    dossier: Dossier
    assignment: Assignment | None = None
    authority: str


OpenItem = Reported | Registered | Dispatched | Rectifying | Submitted | Passed | Suspended
EndedItem = Archived | Voided | Merged | TransferredOut
Item = OpenItem | Closed | Recurred | EndedItem
OPEN_STATUSES = ("reported", "registered", "dispatched", "rectifying", "submitted", "passed", "suspended")
S = TypeVar("S", bound=Item)
ITEMS: TypeAdapter[Item] = TypeAdapter(Annotated[Item, Field(discriminator="status")])


class ImpossibleHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def running_clock(state: Item) -> Clock | None:
    """The clock that runs in this step, or stands still under a suspension."""
    match state:
        case Suspended():
            return state.resumes.clock
        case Recurred() | Archived() | Voided() | Merged() | TransferredOut():
            return None
        case _:
            return state.clock


def assignment_of(state: Item) -> Assignment | None:
    """The unit the item lies with, if it was ever dispatched and not taken back."""
    match state:
        case Reported() | Registered():
            return None
        case Suspended():
            return assignment_of(state.resumes)
        case _:
            return state.assignment


def newest_mark(file: Dossier, clock_id: str) -> OverdueMark | None:
    """The mark an appeal is about: a clock has another one where an extension was granted after its deadline."""
    return next((mark for mark in reversed(file.marks) if mark.clock_id == clock_id), None)


def pending_mark(file: Dossier, clock_id: str) -> OverdueMark | None:
    """The mark a ruling is about: the first whose appeal nobody has ruled on."""
    waiting = (mark for mark in file.marks if mark.clock_id == clock_id and mark.appeal is AppealStatus.PENDING)
    return next(waiting, None)


def evolve(  # noqa: C901, PLR0911, PLR0912 - one branch per event is the point
    state: Item | None, event: e.ItemEvent
) -> Item:
    """Fold one event into the item."""
    if isinstance(event, e.IssueReported):
        return Reported(dossier=_opened(event), clock=event.clock)
    if state is None:
        raise ImpossibleHistoryError(event.type)
    running = running_clock(state)
    file = _noted(state.dossier, event, running.clock_id if running else None)
    assignment = assignment_of(state)
    match event:
        case e.ItemRegistered():
            return Registered(dossier=file, clock=event.clock)
        case e.ItemDispatched() | e.ItemTransferred():
            return Dispatched(dossier=file, assignment=event.assignment, clock=event.clock)
        case e.ItemAccepted():
            return Rectifying(dossier=file, assignment=_lies_with(assignment), clock=event.clock)
        case e.ItemRefused():
            return Registered(dossier=file, clock=event.clock)
        case e.RectificationSubmitted():
            return Submitted(dossier=file, assignment=_lies_with(assignment), clock=event.clock)
        case e.CheckPassed():
            return Passed(dossier=file, assignment=_lies_with(assignment), clock=event.clock)
        case e.ItemSentBack():
            return Rectifying(dossier=file, assignment=_lies_with(assignment), clock=event.clock)
        case e.ItemClosed():
            return Closed(dossier=file, assignment=assignment, clock=event.clock)
        case e.ItemRecurred():
            return Recurred(dossier=file, assignment=assignment, new_item=event.new_item)
        case e.RecurrenceOpened():
            return Recurred(dossier=file, assignment=assignment, new_item=event.new_item, linked=True)
        case e.ItemArchived():
            return Archived(dossier=file, assignment=assignment)
        case e.ItemVoided():
            return Voided(dossier=file, assignment=assignment)
        case e.ItemMerged():
            return Merged(dossier=file, assignment=assignment, into=event.into)
        case e.ItemTransferredOut():
            return TransferredOut(dossier=file, assignment=assignment, authority=event.authority)
        case e.ItemSuspended():
            if not isinstance(state, Registered | Dispatched | Rectifying):
                raise ImpossibleHistoryError(event.type)
            return Suspended(resumes=_with(state, file, event.clock), review_on=event.review_on)
        case e.ItemResumed():
            if not isinstance(state, Suspended):
                raise ImpossibleHistoryError(event.type)
            return _with(state.resumes, file, event.clock)
        case e.RecheckHeld():
            # The recheck is done: its deadline must not pass any more, even where archiving waits for the office.
            return Closed(dossier=file, assignment=assignment, clock=None)
        case e.SuspensionReviewFellDue():
            if not isinstance(state, Suspended):
                raise ImpossibleHistoryError(event.type)
            return _with(state, file, None).model_copy(update={"review_on": event.next_review_on})
        case e.ExtensionGranted() | e.DeadlineRecomputed() | e.LimitChanged():
            return _with(state, file, event.clock)
        case e.ItemFellOverdue():
            clock = running_clock(state)
            return _with(state, file, mark_overdue(clock, event.due_at) if clock else None)
        case e.RungClimbed():
            clock = running_clock(state)
            return _with(state, file, climb_on_clock(clock, event.rung) if clock else None)
        case (
            e.ItemFixedOnTheSpot()
            | e.ExtensionRequested()
            | e.ExtensionRefused()
            | e.AccountabilityFellDue()
            | e.OverdueAppealed()
            | e.OverdueAppealGranted()
            | e.OverdueAppealRefused()
            | e.CommentAdded()
            | e.ItemAbsorbed()
        ):
            return _with(state, file, None)
        case _:
            assert_never(event)


def _opened(event: e.IssueReported) -> Dossier:
    return Dossier(
        item_id=event.item_id,
        number=event.number,
        issue=event.issue,
        reported_at=event.occurred_at,
        rectify_by=event.rectify_by,
        recurrence_of=event.recurrence_of,
        campaign_id=event.campaign_id,
        clocks={event.clock.kind: 1} if event.clock else {},
        updated_at=event.occurred_at,
    )


def _lies_with(assignment: Assignment | None) -> Assignment:
    if assignment is None:
        raise ImpossibleHistoryError("no unit")
    return assignment


def _with(state: S, file: Dossier, clock: Clock | None) -> S:
    """The same step with a newer dossier and, unless None, a newer clock."""
    if isinstance(state, Suspended):
        return state.model_copy(update={"resumes": _with(state.resumes, file, clock)})
    changes = {"dossier": file} if clock is None else {"dossier": file, "clock": clock}
    return state.model_copy(update=changes)


_STARTING = (
    e.ItemRegistered
    | e.ItemDispatched
    | e.ItemTransferred
    | e.ItemAccepted
    | e.ItemRefused
    | e.RectificationSubmitted
    | e.CheckPassed
    | e.ItemSentBack
    | e.ItemClosed
)


def _noted(file: Dossier, event: e.ItemEvent, running_id: str | None) -> Dossier:  # noqa: C901, PLR0912 - as evolve
    """What an event leaves in the dossier, whatever the step."""
    changes: dict[str, object] = {"updated_at": max(file.updated_at, event.occurred_at)}
    if isinstance(event, _STARTING):
        changes |= {"extension_request": None, "reworking": isinstance(event, e.ItemSentBack)}
        if event.clock is not None and event.clock.clock_id != running_id:
            changes["clocks"] = {**file.clocks, event.clock.kind: file.clocks.get(event.clock.kind, 0) + 1}
    match event:
        case e.ItemRegistered():
            changes["policy_version"] = event.policy_version
        case e.ItemDispatched() | e.ItemTransferred():
            changes |= {"rounds": event.assignment.round, "reworks_before": file.reworks}
        case e.ItemRefused():
            changes["refusals"] = file.refusals + 1
        case e.ItemSentBack():
            changes["reworks"] = file.reworks + 1
        case e.ExtensionRequested():
            changes["extension_request"] = ExtensionRequest(
                by=event.by, reason=event.reason, asked_at=event.occurred_at
            )
        case e.ExtensionGranted():
            changes |= {"extension_request": None, "extensions": file.extensions + 1}
        case e.ExtensionRefused():
            changes["extension_request"] = None
        case e.ItemFellOverdue():
            mark = OverdueMark(clock_id=event.clock_id, kind=event.kind, due_at=event.due_at, unit=event.unit)
            changes["marks"] = (*file.marks, mark)
        case e.RungClimbed():
            climb = Climb(
                rung=event.rung,
                clock_id=event.clock_id,
                at=event.occurred_at,
                unit=event.unit,
                occasion=event.occasion,
                points=event.points,
                answer_by=event.answer_by,
                missed=missed_deadline(event, file.marks),
            )
            changes["climbs"] = (*file.climbs, climb)
        case e.ItemAbsorbed():
            changes["absorbed"] = (*file.absorbed, event.item)
        case e.OverdueAppealed():
            changes["marks"] = _appeal(file, newest_mark(file, event.clock_id), AppealStatus.PENDING)
        case e.OverdueAppealGranted():
            changes["marks"] = _appeal(file, pending_mark(file, event.clock_id), AppealStatus.GRANTED)
        case e.OverdueAppealRefused():
            changes["marks"] = _appeal(file, pending_mark(file, event.clock_id), AppealStatus.REFUSED)
        case _:
            pass
    return file.model_copy(update=changes)


def _appeal(file: Dossier, appealed: OverdueMark | None, status: AppealStatus) -> tuple[OverdueMark, ...]:
    return tuple(mark.model_copy(update={"appeal": status}) if mark is appealed else mark for mark in file.marks)
