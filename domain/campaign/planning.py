"""Before a campaign runs: its plan is drawn up, changed, and started."""

from domain.calendar import WorkCalendar
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign.indicators import KNOWN_INDICATORS
from domain.campaign.plan import CampaignPlan, PhasePlan
from domain.campaign.recurrence import UnusableRuleError
from domain.campaign.rejections import (
    CampaignAlreadyPlanned,
    CampaignAlreadyStarted,
    CampaignIdCannotChange,
    CampaignInThePast,
    UnknownIndicator,
    UnknownPolicy,
    UnknownStandard,
    UnusableDutyRule,
)
from domain.campaign.schedule import duties_from, window_of
from domain.campaign.state import Campaign, Planned
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CampaignEvent, ...]


def plan(command: c.PlanCampaign, state: Campaign | None, rules: Rulebook) -> Events:
    """Draw up a plan that names only what exists."""
    if state is not None:
        raise CampaignAlreadyPlanned(campaign=command.plan.campaign_id)
    _names_what_exists(command.plan, rules)
    return (e.CampaignPlanned(occurred_at=command.at, plan=command.plan),)


def change_plan(command: c.ChangePlan, state: Campaign, rules: Rulebook) -> Events:
    """Replace the plan of a campaign that has not started."""
    if not isinstance(state, Planned):
        raise CampaignAlreadyStarted(campaign=state.plan.campaign_id)
    if command.plan.campaign_id != state.plan.campaign_id:
        raise CampaignIdCannotChange(campaign=state.plan.campaign_id)
    _names_what_exists(command.plan, rules)
    return (e.CampaignPlanChanged(occurred_at=command.at, plan=command.plan, reason=command.reason),)


def start(command: c.StartCampaign, state: Campaign, rules: Rulebook) -> Events:
    """Give every phase its instants; those that are over already are passed over."""
    if not isinstance(state, Planned):
        raise CampaignAlreadyStarted(campaign=state.plan.campaign_id)
    calendar = rules.newest_calendar(state.plan.calendar_id)
    windows = tuple(window_of(phase, calendar) for phase in state.plan.phases)
    over = tuple(
        window.phase_id for window in windows if window.closes_at is not None and window.closes_at <= command.at
    )
    if len(over) == len(windows):
        raise CampaignInThePast(campaign=state.plan.campaign_id)
    started = e.CampaignStarted(
        occurred_at=command.at, calendar_version=calendar.version, windows=windows, passed_over=over
    )
    return (started,)


def _names_what_exists(plan: CampaignPlan, rules: Rulebook) -> None:
    calendar = rules.newest_calendar(plan.calendar_id)
    rules.newest_catalogue(plan.catalogue_id)
    if plan.standard_id is not None and rules.newest_standard(plan.standard_id) is None:
        raise UnknownStandard(place="standard_id", standard=plan.standard_id)
    for unit in (plan.leading_group, plan.office, *plan.working_groups, *plan.units):
        rules.unit(unit)
    for area in plan.areas:
        rules.area(area)
    published = {policy.policy_id for policy in rules.policies.values()}
    for phase in plan.phases:
        if phase.policy_id not in published:
            raise UnknownPolicy(phase=phase.phase_id, policy=phase.policy_id)
        for condition in phase.gate.conditions if phase.gate else ():
            if condition.indicator not in KNOWN_INDICATORS:
                raise UnknownIndicator(phase=phase.phase_id, indicator=condition.indicator)
        for duty in phase.duties:
            for unit in duty.owed_by if isinstance(duty.owed_by, tuple) else ():
                rules.unit(unit)
        _duties_recur(phase, calendar)


def _duties_recur(phase: PhasePlan, calendar: WorkCalendar) -> None:
    window = window_of(phase, calendar)
    for duty in phase.duties:
        alone = phase.model_copy(update={"duties": (duty,)})
        try:
            (found,) = duties_from(alone, window.opens_at, calendar, window.closes_at)
        except UnusableRuleError as error:
            raise UnusableDutyRule(phase=phase.phase_id, duty=duty.duty_id, reason=str(error)) from error
        if found.at is None:
            raise UnusableDutyRule(phase=phase.phase_id, duty=duty.duty_id, reason="never recurs in this phase")
