"""Where a campaign stands: planned, running, paused or ended, and each of its phases."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, assert_never

from pydantic import Field, TypeAdapter

from domain.campaign import events as e
from domain.campaign.plan import CampaignPlan, Part
from domain.instant import Instant


class DutyState(Part):
    """A duty of an open phase: when it recurs next, and for which occurrence and how often it was called."""

    duty_id: str
    next_at: Instant | None = None
    last: Instant | None = None
    called: int = 0


class PhaseState(Part):
    """A phase. ``gate``: none to pass, pending, or how it went; ``referred``: the leading group must decide."""

    phase_id: str
    status: Literal["waiting", "open", "closed", "passed_over"] = "waiting"
    opens_at: Instant
    assess_at: Instant | None = None
    closes_at: Instant | None = None
    gate: Literal["none", "pending", "passed", "failed", "referred", "overridden"] = "none"
    duties: tuple[DutyState, ...] = ()


class OpenDuty(Part):
    """An occurrence whose obligations are still to be opened."""

    phase_id: str
    duty_id: str
    occurrence: Instant


class Planned(Part):
    """Drawn up, not started."""

    status: Literal["planned"] = "planned"
    plan: CampaignPlan
    updated_at: Instant


class Running(Part):
    """Phases open and close by themselves. ``to_recompute``: phases that want open items recomputed and opened."""

    status: Literal["running"] = "running"
    plan: CampaignPlan
    calendar_version: str
    started_at: Instant
    phases: tuple[PhaseState, ...]
    to_open: tuple[OpenDuty, ...] = ()
    to_recompute: tuple[str, ...] = ()
    updated_at: Instant


class Paused(Part):
    """Nothing happens by itself; ``running`` is what goes on afterwards."""

    status: Literal["paused"] = "paused"
    running: Running
    paused_at: Instant

    @property
    def plan(self) -> CampaignPlan:
        """The plan underneath."""
        return self.running.plan

    @property
    def updated_at(self) -> datetime:
        """When the campaign last changed."""
        return max(self.paused_at, self.running.updated_at)


class Ended(Part):
    """Over."""

    status: Literal["ended"] = "ended"
    plan: CampaignPlan
    phases: tuple[PhaseState, ...]
    updated_at: Instant


Campaign = Planned | Running | Paused | Ended
CAMPAIGNS: TypeAdapter[Campaign] = TypeAdapter(Annotated[Campaign, Field(discriminator="status")])


class ImpossibleCampaignHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def evolve(  # noqa: C901, PLR0911 - one branch per event is the point
    state: Campaign | None, event: e.CampaignEvent
) -> Campaign:
    """Fold one event into the campaign."""
    match state, event:
        case None, e.CampaignPlanned():
            return Planned(plan=event.plan, updated_at=event.occurred_at)
        case Planned(), e.CampaignPlanChanged():
            return Planned(plan=event.plan, updated_at=event.occurred_at)
        case Planned(), e.CampaignStarted():
            phases = tuple(_planned_phase(state.plan, event, window) for window in event.windows)
            return Running(
                plan=state.plan,
                calendar_version=event.calendar_version,
                started_at=event.occurred_at,
                phases=phases,
                updated_at=event.occurred_at,
            )
        case Running(), e.CampaignPaused():
            return Paused(running=state, paused_at=event.occurred_at)
        case Paused(), e.CampaignResumed():
            return _resumed(state.running, event)
        case Planned(), e.CampaignEnded():
            return Ended(plan=state.plan, phases=(), updated_at=event.occurred_at)
        case Running(), e.CampaignEnded():
            return Ended(plan=state.plan, phases=state.phases, updated_at=event.occurred_at)
        case Paused(), e.CampaignEnded():
            return Ended(plan=state.plan, phases=state.running.phases, updated_at=event.occurred_at)
        case Paused(), e.DutyObligationsOpened() | e.RecomputationStarted():
            return state.model_copy(update={"running": _run(state.running, event)})
        case Running(), _:
            return _run(state, event)
        case _:
            raise ImpossibleCampaignHistoryError(event.type)


def phases_of(state: Campaign) -> tuple[PhaseState, ...]:
    """The phases as they stand; none before the start."""
    match state:
        case Planned():
            return ()
        case Running() | Ended():
            return state.phases
        case Paused():
            return state.running.phases


def phase_of(state: Running, phase_id: str) -> PhaseState:
    """A phase by its id; KeyError for an unknown one."""
    for phase in state.phases:
        if phase.phase_id == phase_id:
            return phase
    raise KeyError(phase_id)


def _planned_phase(plan: CampaignPlan, event: e.CampaignStarted, window: e.PhaseWindow) -> PhaseState:
    return PhaseState(
        phase_id=window.phase_id,
        status="passed_over" if window.phase_id in event.passed_over else "waiting",
        opens_at=window.opens_at,
        assess_at=window.assess_at,
        closes_at=window.closes_at,
        gate="none" if plan.phase(window.phase_id).gate is None else "pending",
    )


def _run(  # noqa: C901, PLR0911 - one branch per event is the point
    state: Running, event: e.CampaignEvent
) -> Running:
    match event:
        case e.PhaseOpened():
            duties = tuple(DutyState(duty_id=duty.duty_id, next_at=duty.at) for duty in event.duties)
            opened = _with_phase(state, event, lambda _: {"status": "open", "duties": duties})
            return _to_recompute(opened, event) if event.open_items == "recompute" else opened
        case e.DutyCalled():
            occurrence = OpenDuty(phase_id=event.phase_id, duty_id=event.duty_id, occurrence=event.occurrence)
            called = _with_phase(state, event, lambda phase: {"duties": _called(phase, event)})
            return called.model_copy(update={"to_open": (*state.to_open, occurrence)})
        case e.DutyObligationsOpened():
            rest = tuple(
                duty for duty in state.to_open if (duty.duty_id, duty.occurrence) != (event.duty_id, event.occurrence)
            )
            return state.model_copy(update={"to_open": rest, "updated_at": event.occurred_at})
        case e.RecomputationStarted():
            waiting = tuple(phase for phase in state.to_recompute if phase != event.phase_id)
            return state.model_copy(update={"to_recompute": waiting, "updated_at": event.occurred_at})
        case e.GateAssessed():
            outcome = "passed" if event.passed else "failed"
            return _with_phase(state, event, lambda _: {"gate": outcome})
        case e.GateReferred():
            return _with_phase(state, event, lambda _: {"gate": "referred"})
        case e.GateOverridden():
            return _with_phase(state, event, lambda _: {"gate": "overridden"})
        case e.PhaseExtended():
            extended = _with_phase(state, event, lambda phase: _extended(phase, event))
            return extended.model_copy(update={"phases": _in_windows(extended.phases, event.following)})
        case e.PhaseClosed():
            return _with_phase(state, event, lambda _: {"status": "closed", "duties": ()})
        case (
            e.CampaignPlanned()
            | e.CampaignPlanChanged()
            | e.CampaignStarted()
            | e.CampaignPaused()
            | e.CampaignResumed()
            | e.CampaignEnded()
        ):
            raise ImpossibleCampaignHistoryError(event.type)
        case _:
            assert_never(event)


def _with_phase(
    state: Running,
    event: e.PhaseOpened
    | e.DutyCalled
    | e.GateAssessed
    | e.GateReferred
    | e.GateOverridden
    | e.PhaseExtended
    | e.PhaseClosed,
    changes: Callable[[PhaseState], dict[str, object]],
) -> Running:
    phases = tuple(
        phase.model_copy(update=changes(phase)) if phase.phase_id == event.phase_id else phase for phase in state.phases
    )
    return state.model_copy(update={"phases": phases, "updated_at": event.occurred_at})


def _to_recompute(state: Running, event: e.PhaseOpened) -> Running:
    return state.model_copy(update={"to_recompute": (*state.to_recompute, event.phase_id)})


def _called(phase: PhaseState, event: e.DutyCalled) -> tuple[DutyState, ...]:
    return tuple(
        duty.model_copy(update={"next_at": event.next_at, "last": event.occurrence, "called": duty.called + 1})
        if duty.duty_id == event.duty_id
        else duty
        for duty in phase.duties
    )


def _extended(phase: PhaseState, event: e.PhaseExtended) -> dict[str, object]:
    """A gate is assessed anew near the new end, unless the leading group has decided on it already."""
    changes: dict[str, object] = {"closes_at": event.window.closes_at, "assess_at": event.window.assess_at}
    if phase.gate not in ("none", "overridden"):
        changes["gate"] = "pending"
    changes["duties"] = _moved(phase.duties, event.duties)
    return changes


def _moved(duties: tuple[DutyState, ...], to: tuple[e.DutyNext, ...]) -> tuple[DutyState, ...]:
    instants = {duty.duty_id: duty.at for duty in to}
    return tuple(
        duty.model_copy(update={"next_at": instants[duty.duty_id]}) if duty.duty_id in instants else duty
        for duty in duties
    )


def _resumed(state: Running, event: e.CampaignResumed) -> Running:
    phases = tuple(
        phase.model_copy(update={"duties": _moved(phase.duties, event.duties)})
        for phase in _in_windows(state.phases, event.windows)
    )
    return state.model_copy(update={"phases": phases, "updated_at": event.occurred_at})


def _in_windows(phases: tuple[PhaseState, ...], windows: tuple[e.PhaseWindow, ...]) -> tuple[PhaseState, ...]:
    moved = {window.phase_id: window.model_dump(exclude={"phase_id"}) for window in windows}
    return tuple(phase.model_copy(update=moved.get(phase.phase_id, {})) for phase in phases)
