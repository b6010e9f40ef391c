"""Where an accountability case stands, from opened to closed, and how events move it."""

from collections.abc import Mapping
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.accountability import events as e
from domain.clock import Clock, ClockKind, mark_overdue
from domain.decider import Event
from domain.instant import Instant
from domain.item.values import OverdueMark, Value
from domain.rulebook.regime import Regime
from domain.rulebook.rulebook import Rulebook


class Record(Value):
    """What a case keeps in every step: what it was opened for and what was decided, as the events say it.

    ``heard``: the unit has made its statement. ``silent_since``: when the period for it ended without one;
    ``unappealed_since``: when the period for an appeal did. ``excused``: the missed deadline that it was opened for
    does not count any more.
    """

    opened: e.CaseOpened
    finding: e.FindingRecorded | None = None
    decided: e.CaseDecided | None = None
    reviewed: e.DecisionReviewed | None = None
    heard: bool = False
    silent_since: Instant | None = None
    unappealed_since: Instant | None = None
    clocks: dict[ClockKind, int] = Field(default_factory=dict)
    marks: tuple[OverdueMark, ...] = ()
    excused: e.GroundExcused | None = None
    updated_at: Instant

    @property
    def case_id(self) -> UUID:
        """Its id."""
        return self.opened.case_id

    def regime(self, rules: Rulebook) -> Regime:
        """What is in force for it: a campaign that ends meanwhile does not change the policy it is decided under."""
        return rules.regime_since(self.opened.campaign_id, self.opened.policy_version)

    @property
    def unit(self) -> str:
        """The accused unit."""
        return self.opened.unit


class Step(Value):
    """A case that is not over: somebody has to do something by the clock's due instant."""

    record: Record
    clock: Clock


class Opened(Step):
    """立案: the unit is to be notified."""

    status: Literal["opened"] = "opened"


class Notified(Step):
    """已告知: the period for the unit's statement runs."""

    status: Literal["notified"] = "notified"


class AwaitingFinding(Step):
    """The statement is in, or its period is over: the office is to find the facts."""

    status: Literal["awaiting_finding"] = "awaiting_finding"


class AwaitingDecision(Step):
    """The leading group is to decide."""

    status: Literal["awaiting_decision"] = "awaiting_decision"


class Decided(Step):
    """The period for an appeal runs."""

    status: Literal["decided"] = "decided"


class UnderReview(Step):
    """Appealed: somebody else of the leading group is to review the decision."""

    status: Literal["under_review"] = "under_review"


class ToCarryOut(Step):
    """The decision stands, as it was or as reviewed, and is to be carried out."""

    status: Literal["to_carry_out"] = "to_carry_out"


class Closed(Value):
    """结案. Called concluded, since an item that is closed still waits for its recheck; a case waits for nothing."""

    status: Literal["concluded"] = "concluded"
    record: Record
    basis: e.ClosingBasis


class Withdrawn(Value):
    """撤案: over without a decision."""

    status: Literal["withdrawn"] = "withdrawn"
    record: Record


Case = Opened | Notified | AwaitingFinding | AwaitingDecision | Decided | UnderReview | ToCarryOut | Closed | Withdrawn
CASES: TypeAdapter[Case] = TypeAdapter(Annotated[Case, Field(discriminator="status")])

# Which steps an event may follow on, where not on all that are open.
_FOLLOWS: Mapping[type[Event], tuple[type[Step], ...]] = {
    e.UnitNotified: (Opened,),
    e.StatementSubmitted: (Notified,),
    e.StatementAbsent: (Notified,),
    e.FindingRecorded: (AwaitingFinding,),
    e.CaseDecided: (AwaitingDecision,),
    e.DecisionAppealed: (Decided,),
    e.AppealPeriodLapsed: (Decided,),
    e.DecisionReviewed: (UnderReview,),
    e.DecisionCarriedOut: (ToCarryOut,),
    e.CaseClosed: (Decided, ToCarryOut),
    e.CaseWithdrawn: (Opened, Notified, AwaitingFinding, AwaitingDecision),
}


class ImpossibleCaseHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def running_clock(state: Case) -> Clock | None:
    """The clock that runs in this step; every case that is not over has one."""
    return state.clock if isinstance(state, Step) else None


def evolve(  # noqa: C901, PLR0911, PLR0912 - one branch per event is the point
    state: Case | None, event: e.CaseEvent
) -> Case:
    """Fold one event into the case."""
    if isinstance(event, e.CaseOpened):
        if state is not None:
            raise ImpossibleCaseHistoryError(event.type)
        record = Record(opened=event, clocks={event.clock.kind: 1}, updated_at=event.occurred_at)
        return Opened(record=record, clock=event.clock)
    if not isinstance(state, Step) or not isinstance(state, _FOLLOWS.get(type(event), Step)):
        raise ImpossibleCaseHistoryError(event.type)
    record = _noted(state.record, event)
    match event:
        case e.UnitNotified():
            return Notified(record=record, clock=event.clock)
        case e.StatementSubmitted() | e.StatementAbsent():
            return AwaitingFinding(record=record, clock=event.clock)
        case e.FindingRecorded():
            return AwaitingDecision(record=record, clock=event.clock)
        case e.CaseDecided():
            # Without a clock nothing can be appealed: the case is closed by the very next event.
            return Decided(record=record, clock=event.clock or state.clock)
        case e.DecisionAppealed():
            return UnderReview(record=record, clock=event.clock)
        case e.AppealPeriodLapsed():
            return ToCarryOut(record=record, clock=event.clock)
        case e.DecisionReviewed():
            return ToCarryOut(record=record, clock=event.clock or state.clock)
        case e.DecisionCarriedOut():
            return state.model_copy(update={"record": record})
        case e.CaseClosed():
            return Closed(record=record, basis=event.basis)
        case e.CaseWithdrawn():
            return Withdrawn(record=record)
        case e.GroundExcused():
            return state.model_copy(update={"record": record})
        case e.CaseFellOverdue():
            return state.model_copy(update={"record": record, "clock": mark_overdue(state.clock, event.due_at)})
        case _:
            assert_never(event)


def _noted(record: Record, event: e.CaseEvent) -> Record:
    """What an event leaves in the record, whatever the step."""
    changes: dict[str, object] = {"updated_at": max(record.updated_at, event.occurred_at)}
    clock: Clock | None = getattr(event, "clock", None)
    if clock is not None:
        changes["clocks"] = {**record.clocks, clock.kind: record.clocks.get(clock.kind, 0) + 1}
    match event:
        case e.StatementSubmitted():
            changes["heard"] = True
        case e.StatementAbsent():
            changes["silent_since"] = event.due_at
        case e.FindingRecorded():
            changes["finding"] = event
        case e.CaseDecided():
            changes["decided"] = event
        case e.AppealPeriodLapsed():
            changes["unappealed_since"] = event.due_at
        case e.DecisionReviewed():
            changes["reviewed"] = event
        case e.GroundExcused():
            changes["excused"] = event
        case e.CaseFellOverdue():
            mark = OverdueMark(clock_id=event.clock_id, kind=event.kind, due_at=event.due_at, unit=None)
            changes["marks"] = (*record.marks, mark)
        case _:
            pass
    return record.model_copy(update=changes)
