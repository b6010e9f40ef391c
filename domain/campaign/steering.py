"""How people steer a running campaign: pause, resume, extend a phase, close it early, override its gate."""

from domain.calendar import WorkCalendar
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign.rejections import (
    CampaignNotPaused,
    CampaignNotRunning,
    LastDayNotLater,
    NoGateToOverride,
    OverlapsNextPhase,
    PhaseHasNoLastDay,
    PhaseNotOpen,
    UnknownPhase,
)
from domain.campaign.schedule import days_between, duties_onward, shifted, window_of
from domain.campaign.state import Campaign, Paused, PhaseState, Running, phase_of
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CampaignEvent, ...]


def pause(command: c.PauseCampaign, state: Campaign) -> Events:
    """暂停."""
    running(state)
    return (e.CampaignPaused(occurred_at=command.at, reason=command.reason),)


def resume(command: c.ResumeCampaign, state: Campaign, rules: Rulebook) -> Events:
    """恢复: what lay ahead moves by the days of the pause; occurrences within it mean nothing any more."""
    if not isinstance(state, Paused):
        raise CampaignNotPaused(status=state.status)
    before, calendar = state.running, rules.newest_calendar(state.plan.calendar_id)
    days = days_between(state.paused_at, command.at, calendar)
    ahead = [phase for phase in before.phases if phase.status in ("waiting", "open")]
    windows = {phase.phase_id: shifted(phase, days, state.paused_at, calendar) for phase in ahead}
    duties = tuple(
        duty
        for phase in ahead
        if phase.status == "open"
        for duty in duties_onward(
            before.plan.phase(phase.phase_id), phase, command.at, calendar, windows[phase.phase_id].closes_at
        )
    )
    resumed = e.CampaignResumed(
        occurred_at=command.at,
        reason=command.reason,
        shifted_days=days,
        calendar_version=calendar.version,
        windows=tuple(windows.values()),
        duties=duties,
    )
    return (resumed,)


def extend(command: c.ExtendPhase, state: Campaign, rules: Rulebook) -> Events:
    """A later last day; later phases keep their days or move along."""
    now = running(state)
    phase = phase_named(now, command.phase_id)
    if phase.status not in ("waiting", "open"):
        raise PhaseNotOpen(phase=command.phase_id, status=phase.status)
    if phase.closes_at is None:
        raise PhaseHasNoLastDay(phase=command.phase_id)
    calendar = rules.newest_calendar(now.plan.calendar_id)
    plan = now.plan.phase(command.phase_id)
    window = window_of(plan, calendar, command.last_day).model_copy(update={"opens_at": phase.opens_at})
    if window.closes_at is None or window.closes_at <= max(phase.closes_at, command.at):
        raise LastDayNotLater(phase=command.phase_id, last_day=command.last_day.isoformat())
    later = [other for other in now.phases[now.phases.index(phase) + 1 :] if other.status == "waiting"]
    if command.following == "move":
        days = days_between(phase.closes_at, window.closes_at, calendar)
        following = tuple(shifted(other, days, command.at, calendar) for other in later)
    else:
        following = ()
        _keeps_clear(window, later, now, calendar)
    extended = e.PhaseExtended(
        occurred_at=command.at,
        phase_id=command.phase_id,
        reason=command.reason,
        closes_before=phase.closes_at,
        calendar_version=calendar.version,
        window=window,
        following=following,
        duties=duties_onward(plan, phase, command.at, calendar, window.closes_at) if phase.status == "open" else (),
    )
    return (extended,)


def close_early(command: c.ClosePhaseEarly, state: Campaign) -> Events:
    """Before its last day, whatever its gate says."""
    open_phase(running(state), command.phase_id)
    return (e.PhaseClosed(occurred_at=command.at, phase_id=command.phase_id, early=True, reason=command.reason),)


def override_gate(command: c.OverrideGate, state: Campaign) -> Events:
    """The gate counts as passed."""
    phase = open_phase(running(state), command.phase_id)
    if phase.gate not in ("pending", "failed", "referred"):
        raise NoGateToOverride(phase=command.phase_id)
    return (e.GateOverridden(occurred_at=command.at, phase_id=command.phase_id, reason=command.reason),)


def running(state: Campaign) -> Running:
    """The campaign, if it runs."""
    if not isinstance(state, Running):
        raise CampaignNotRunning(status=state.status)
    return state


def phase_named(state: Running, phase_id: str) -> PhaseState:
    """A phase by its id."""
    try:
        return phase_of(state, phase_id)
    except KeyError:
        raise UnknownPhase(phase=phase_id) from None


def open_phase(state: Running, phase_id: str) -> PhaseState:
    """A phase by its id, if it is open."""
    phase = phase_named(state, phase_id)
    if phase.status != "open":
        raise PhaseNotOpen(phase=phase_id, status=phase.status)
    return phase


def _keeps_clear(window: e.PhaseWindow, later: list[PhaseState], state: Running, calendar: WorkCalendar) -> None:
    """A phase that has opened already runs beside this one by the leading group's decision; one that waits does not."""
    allowed = state.plan.overlap_days
    for other in later:
        if window.closes_at is not None and days_between(other.opens_at, window.closes_at, calendar) > allowed:
            raise OverlapsNextPhase(phase=window.phase_id, next=other.phase_id, overlap_days=allowed)
