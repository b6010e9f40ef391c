"""What follows from a command about a campaign: the decider."""

from datetime import timedelta
from typing import assert_never

from domain.actor import Actor, Role
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign.following import follow_up
from domain.campaign.occurrences import UnusableRuleError
from domain.campaign.plan import CampaignPlan, Condition
from domain.campaign.rejections import (
    CampaignAlreadyPlanned,
    CampaignAlreadyStarted,
    CampaignIdCannotChange,
    CampaignIsOver,
    CampaignNotPaused,
    CampaignNotRunning,
    LastDayNotLater,
    NoGateToOverride,
    NoSuchCampaign,
    PhaseHasNoLastDay,
    PhaseNotOpen,
    UnknownDutyOccurrence,
    UnknownPhase,
    UnknownPolicy,
    UnusableDutyRule,
)
from domain.campaign.schedule import duties_after, local_day, shifted, window_of
from domain.campaign.state import Campaign, Ended, Paused, PhaseState, Planned, Running, phase_of
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CampaignEvent, ...]
_OFFICE = (Role.OFFICE, Role.ADMINISTRATOR)
_LEADING = (Role.LEADER, Role.OFFICE, Role.ADMINISTRATOR)


def decide(command: c.CampaignCommand, state: Campaign | None, rules: Rulebook) -> Events:  # noqa: C901, PLR0911, PLR0912 - one line per command is the point
    """Turn a command into events, or refuse it. The clocks of two machines differ: time never goes back."""
    _check_permission(command)
    if isinstance(command, c.PlanCampaign):
        return _plan(command, state, rules)
    if state is None:
        raise NoSuchCampaign
    if command.at < state.updated_at:
        command = command.model_copy(update={"at": state.updated_at})
    if isinstance(state, Ended):
        raise CampaignIsOver(campaign=state.plan.campaign_id)
    match command:
        case c.ChangePlan():
            return _change_plan(command, state, rules)
        case c.StartCampaign():
            return _start(command, state, rules)
        case c.PauseCampaign():
            _running(state)
            return (e.CampaignPaused(occurred_at=command.at, reason=command.reason),)
        case c.ResumeCampaign():
            return _resume(command, state, rules)
        case c.ExtendPhase():
            return _extend(command, _running(state), rules)
        case c.ClosePhaseEarly():
            _open_phase(_running(state), command.phase_id)
            closed = e.PhaseClosed(occurred_at=command.at, phase_id=command.phase_id, early=True, reason=command.reason)
            return (closed,)
        case c.RecordGateAssessment():
            return _assess(command, _running(state))
        case c.OverrideGate():
            phase = _open_phase(_running(state), command.phase_id)
            if phase.gate not in ("pending", "failed", "referred"):
                raise NoGateToOverride(phase=command.phase_id)
            return (e.GateOverridden(occurred_at=command.at, phase_id=command.phase_id, reason=command.reason),)
        case c.RecordDutyObligations():
            return _record_obligations(command, state)
        case c.EndCampaign():
            return (e.CampaignEnded(occurred_at=command.at, reason=command.reason),)
        case c.FollowUpCampaign():
            return follow_up(state, command.at, rules)
        case _:
            assert_never(command)


def _check_permission(command: c.CampaignCommand) -> None:
    match command:
        case c.FollowUpCampaign() | c.RecordGateAssessment() | c.RecordDutyObligations():
            allowed: tuple[Role, ...] = (Role.SYSTEM,)
        case c.ExtendPhase() | c.ClosePhaseEarly() | c.OverrideGate():
            allowed = _LEADING
        case _:
            allowed = _OFFICE
    actor: Actor = command.actor
    if actor.role not in allowed:
        raise Forbidden(role=actor.role, command=type(command).__name__)


def _plan(command: c.PlanCampaign, state: Campaign | None, rules: Rulebook) -> Events:
    if state is not None:
        raise CampaignAlreadyPlanned(campaign=command.plan.campaign_id)
    _names_what_exists(command.plan, rules)
    return (e.CampaignPlanned(occurred_at=command.at, plan=command.plan),)


def _change_plan(command: c.ChangePlan, state: Campaign, rules: Rulebook) -> Events:
    if not isinstance(state, Planned):
        raise CampaignAlreadyStarted(campaign=state.plan.campaign_id)
    if command.plan.campaign_id != state.plan.campaign_id:
        raise CampaignIdCannotChange(campaign=state.plan.campaign_id)
    _names_what_exists(command.plan, rules)
    return (e.CampaignPlanChanged(occurred_at=command.at, plan=command.plan, reason=command.reason),)


def _start(command: c.StartCampaign, state: Campaign, rules: Rulebook) -> Events:
    if not isinstance(state, Planned):
        raise CampaignAlreadyStarted(campaign=state.plan.campaign_id)
    calendar = rules.newest_calendar(state.plan.calendar_id)
    windows = tuple(window_of(phase, calendar) for phase in state.plan.phases)
    over = tuple(
        window.phase_id for window in windows if window.closes_at is not None and window.closes_at <= command.at
    )
    started = e.CampaignStarted(
        occurred_at=command.at, calendar_version=calendar.version, windows=windows, passed_over=over
    )
    return (started,)


def _resume(command: c.ResumeCampaign, state: Campaign, rules: Rulebook) -> Events:
    if not isinstance(state, Paused):
        raise CampaignNotPaused(status=state.status)
    running, calendar = state.running, rules.calendar(state.running.calendar_version)
    days = (local_day(command.at, calendar) - local_day(state.paused_at, calendar)).days
    windows = tuple(
        shifted(phase, days, state.paused_at, calendar)
        for phase in running.phases
        if phase.status in ("waiting", "open")
    )
    closing = {window.phase_id: window.closes_at for window in windows}
    duties = tuple(
        duty
        for phase in running.phases
        if phase.status == "open"
        for duty in duties_after(running.plan.phase(phase.phase_id), command.at, calendar, closing.get(phase.phase_id))
    )
    resumed = e.CampaignResumed(
        occurred_at=command.at, reason=command.reason, shifted_days=days, windows=windows, duties=duties
    )
    return (resumed,)


def _extend(command: c.ExtendPhase, state: Running, rules: Rulebook) -> Events:
    phase = _phase(state, command.phase_id)
    if phase.status not in ("waiting", "open"):
        raise PhaseNotOpen(phase=command.phase_id, status=phase.status)
    if phase.closes_at is None:
        raise PhaseHasNoLastDay(phase=command.phase_id)
    calendar = rules.calendar(state.calendar_version)
    plan = state.plan.phase(command.phase_id)
    window = window_of(plan, calendar, command.last_day).model_copy(update={"opens_at": phase.opens_at})
    if window.closes_at is None or window.closes_at <= max(phase.closes_at, command.at):
        raise LastDayNotLater(phase=command.phase_id, last_day=command.last_day.isoformat())
    duties = duties_after(plan, command.at, calendar, window.closes_at) if phase.status == "open" else ()
    extended = e.PhaseExtended(
        occurred_at=command.at,
        phase_id=command.phase_id,
        reason=command.reason,
        closes_before=phase.closes_at,
        window=window,
        duties=duties,
    )
    return (extended,)


def _assess(command: c.RecordGateAssessment, state: Running) -> Events:
    phase = _open_phase(state, command.phase_id)
    gate = state.plan.phase(command.phase_id).gate
    if gate is None or phase.gate != "pending":
        return ()  # assessed already, or overridden meanwhile: the workflow may ask twice
    results = tuple(_result(condition, command) for condition in gate.conditions)
    assessed = e.GateAssessed(
        occurred_at=command.at,
        phase_id=command.phase_id,
        as_of=command.as_of,
        passed=all(result.holds for result in results),
        results=results,
    )
    return (assessed,)


def _result(condition: Condition, command: c.RecordGateAssessment) -> e.ConditionResult:
    value = command.values.get(condition.indicator)
    return e.ConditionResult(
        indicator=condition.indicator,
        value=value,
        at_least=condition.at_least,
        at_most=condition.at_most,
        holds=condition.holds(value),
    )


def _record_obligations(command: c.RecordDutyObligations, state: Campaign) -> Events:
    running = state.running if isinstance(state, Paused) else _running(state)
    if not any((duty.duty_id, duty.occurrence) == (command.duty_id, command.occurrence) for duty in running.to_open):
        if any(duty.duty_id == command.duty_id for phase in running.plan.phases for duty in phase.duties):
            return ()  # recorded already
        raise UnknownDutyOccurrence(duty=command.duty_id)
    opened = e.DutyObligationsOpened(
        occurred_at=command.at, duty_id=command.duty_id, occurrence=command.occurrence, count=command.count
    )
    return (opened,)


def _running(state: Campaign) -> Running:
    if not isinstance(state, Running):
        raise CampaignNotRunning(status=state.status)
    return state


def _phase(state: Running, phase_id: str) -> PhaseState:
    phase = phase_of(state, phase_id)
    if phase is None:
        raise UnknownPhase(phase=phase_id)
    return phase


def _open_phase(state: Running, phase_id: str) -> PhaseState:
    phase = _phase(state, phase_id)
    if phase.status != "open":
        raise PhaseNotOpen(phase=phase_id, status=phase.status)
    return phase


def _names_what_exists(plan: CampaignPlan, rules: Rulebook) -> None:
    calendar = rules.newest_calendar(plan.calendar_id)
    rules.newest_catalogue(plan.catalogue_id)
    for unit in (plan.leading_group, plan.office, *plan.working_groups, *plan.units):
        rules.unit(unit)
    for area in plan.areas:
        rules.area(area)
    published = {policy.policy_id for policy in rules.policies.values()}
    for phase in plan.phases:
        if phase.policy_id not in published:
            raise UnknownPolicy(phase=phase.phase_id, policy=phase.policy_id)
        for duty in phase.duties:
            for unit in duty.owed_by if isinstance(duty.owed_by, tuple) else ():
                rules.unit(unit)
        before = window_of(phase, calendar).opens_at - timedelta(microseconds=1)
        try:
            duties_after(phase, before, calendar, None)
        except UnusableRuleError as error:
            raise UnusableDutyRule(phase=phase.phase_id, reason=str(error)) from error
