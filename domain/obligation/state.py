"""Where an obligation stands: open, submitted, fulfilled or withdrawn, and how events move it."""

from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.clock import Clock, ClockKind, climb, mark_overdue
from domain.instant import Instant
from domain.item.excuse import missed_deadline
from domain.item.values import AppealStatus, Climb, OverdueMark, Value
from domain.obligation import events as e
from domain.obligation.values import Owed, TaskOwed
from domain.text import Text


class Record(Value):
    """What an obligation keeps in every step. ``late``: what was owed came after its instant."""

    obligation_id: UUID
    number: str
    campaign_id: str
    unit: str
    title: Text
    owed: Owed
    clocks: dict[ClockKind, int] = Field(default_factory=dict)
    returns: int = 0
    percent: int = 0
    reached: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    late: bool = False
    marks: tuple[OverdueMark, ...] = ()
    climbs: tuple[Climb, ...] = ()
    updated_at: Instant


class Open(Value):
    """Owed."""

    status: Literal["open"] = "open"
    record: Record
    clock: Clock


class Submitted(Value):
    """Done, says the unit; waiting to be accepted."""

    status: Literal["submitted"] = "submitted"
    record: Record
    clock: Clock


class Fulfilled(Value):
    """Over."""

    status: Literal["fulfilled"] = "fulfilled"
    record: Record


class Withdrawn(Value):
    """撤销: over."""

    status: Literal["withdrawn"] = "withdrawn"
    record: Record


Obligation = Open | Submitted | Fulfilled | Withdrawn
OBLIGATIONS: TypeAdapter[Obligation] = TypeAdapter(Annotated[Obligation, Field(discriminator="status")])


class ImpossibleObligationHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def running_clock(state: Obligation) -> Clock | None:
    """The clock that runs in this step."""
    return state.clock if isinstance(state, Open | Submitted) else None


def unit_in_charge(state: Obligation) -> str | None:
    """The unit a running clock counts against; nobody's while the office waits to accept."""
    return state.record.unit if isinstance(state, Open) else None


def evolve(  # noqa: C901, PLR0911, PLR0912 - one branch per event is the point
    state: Obligation | None, event: e.ObligationEvent
) -> Obligation:
    """Fold one event into the obligation."""
    if isinstance(event, e.ObligationAssigned):
        if state is not None:
            raise ImpossibleObligationHistoryError(event.type)
        return Open(record=_opened(event), clock=event.clock)
    if state is None:
        raise ImpossibleObligationHistoryError(event.type)
    if isinstance(event, e.ObligationOverdueAppealed | e.ObligationAppealGranted | e.ObligationAppealRefused):
        return state.model_copy(update={"record": _appealed(state.record, event)})  # also when all is over
    if not isinstance(state, Open | Submitted):
        raise ImpossibleObligationHistoryError(event.type)
    record = _noted(state.record, event)
    match event:
        case e.CompletionSubmitted():
            return Submitted(record=record, clock=event.clock)
        case e.CompletionReturned():
            return Open(record=record, clock=event.clock)
        case e.ObligationFulfilled() | e.CompletionAccepted():
            return Fulfilled(record=record)
        case e.ObligationWithdrawn():
            return Withdrawn(record=record)
        case e.ObligationFellOverdue():
            return state.model_copy(update={"record": record, "clock": mark_overdue(state.clock, event.due_at)})
        case e.ObligationRungClimbed():
            return state.model_copy(update={"record": record, "clock": climb(state.clock, event.rung)})
        case e.ProgressReported() | e.MilestoneMissed() | e.ObligationAccountabilityFellDue():
            return state.model_copy(update={"record": record})
        case _:
            assert_never(event)


def _opened(event: e.ObligationAssigned) -> Record:
    return Record(
        obligation_id=event.obligation_id,
        number=event.number,
        campaign_id=event.campaign_id,
        unit=event.unit,
        title=event.title,
        owed=event.owed,
        clocks={event.clock.kind: 1},
        updated_at=event.occurred_at,
    )


def _noted(record: Record, event: e.ObligationEvent) -> Record:
    """What an event leaves in the record, whatever the step."""
    changes: dict[str, object] = {"updated_at": max(record.updated_at, event.occurred_at)}
    if isinstance(event, e.CompletionSubmitted | e.CompletionReturned):
        changes["clocks"] = {**record.clocks, event.clock.kind: record.clocks.get(event.clock.kind, 0) + 1}
    match event:
        case e.ProgressReported():
            reached = dict.fromkeys((*record.reached, *event.reached))
            changes |= {"percent": event.percent, "reached": tuple(reached)}
        case e.MilestoneMissed():
            changes["missed"] = (*record.missed, event.milestone_id)
        case e.CompletionSubmitted():
            # Whoever says that a task is complete says that its milestones are reached.
            milestones = record.owed.milestones if isinstance(record.owed, TaskOwed) else ()
            reached = dict.fromkeys((*record.reached, *(milestone.milestone_id for milestone in milestones)))
            changes |= {"late": event.late, "percent": 100, "reached": tuple(reached)}
        case e.ObligationFulfilled():
            changes |= {"late": event.late, "percent": 100}
        case e.CompletionReturned():
            changes["returns"] = record.returns + 1
        case e.ObligationFellOverdue():
            mark = OverdueMark(clock_id=event.clock_id, kind=event.kind, due_at=event.due_at, unit=event.unit)
            changes["marks"] = (*record.marks, mark)
        case e.ObligationRungClimbed():
            taken = Climb(
                rung=event.rung,
                clock_id=event.clock_id,
                at=event.occurred_at,
                unit=event.unit,
                occasion=event.occasion,
                points=event.points,
                answer_by=event.answer_by,
                missed=missed_deadline(event, record.marks),
            )
            changes["climbs"] = (*record.climbs, taken)
        case _:
            pass
    return record.model_copy(update=changes)


def _appealed(
    record: Record, event: e.ObligationOverdueAppealed | e.ObligationAppealGranted | e.ObligationAppealRefused
) -> Record:
    match event:
        case e.ObligationOverdueAppealed():
            appeal = AppealStatus.PENDING
        case e.ObligationAppealGranted():
            appeal = AppealStatus.GRANTED
        case e.ObligationAppealRefused():
            appeal = AppealStatus.REFUSED
    marks = tuple(
        mark.model_copy(update={"appeal": appeal}) if mark.clock_id == event.clock_id else mark for mark in record.marks
    )
    return record.model_copy(update={"marks": marks, "updated_at": max(record.updated_at, event.occurred_at)})
