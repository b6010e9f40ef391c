"""What follows from a command about a campaign: the decider."""

from typing import assert_never

from domain.actor import Role
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign import planning, reporting, steering
from domain.campaign.following import follow_up, settle
from domain.campaign.rejections import CampaignIsOver, NoSuchCampaign
from domain.campaign.state import Campaign, Ended, evolve
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CampaignEvent, ...]
_OFFICE = (Role.OFFICE, Role.ADMINISTRATOR)
_LEADING = (Role.LEADER, Role.OFFICE, Role.ADMINISTRATOR)
_OF_THE_WORKFLOW = c.FollowUpCampaign | c.RecordGateAssessment | c.RecordDutyObligations


def decide(command: c.CampaignCommand, state: Campaign | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it.

    Whatever fell due before somebody acts is settled first: a duty that was due before a pause is called, even if the
    workflow that should have called it was down. The end of the campaign settles nothing: nothing is owed after it.
    """
    _check_permission(command)
    if isinstance(command, c.PlanCampaign):
        return planning.plan(command, state, rules)
    if state is None:
        raise NoSuchCampaign
    if command.at < state.updated_at:  # the clocks of two machines differ; a campaign's time never goes back
        command = command.model_copy(update={"at": state.updated_at})
    if isinstance(state, Ended) and not isinstance(command, _OF_THE_WORKFLOW):
        raise CampaignIsOver(campaign=state.plan.campaign_id)
    settled: Events = ()
    if not isinstance(command, _OF_THE_WORKFLOW | c.EndCampaign):
        settled = settle(state, command.at, rules)
        for event in settled:
            state = evolve(state, event)
    return (*settled, *_decide(command, state, rules))


def fold(events: Events, state: Campaign | None = None) -> Campaign | None:
    """The state after the events."""
    for event in events:
        state = evolve(state, event)
    return state


def _decide(  # noqa: C901, PLR0911, PLR0912 - one line per command is the point
    command: c.CampaignCommand, state: Campaign, rules: Rulebook
) -> Events:
    match command:
        case c.PlanCampaign():
            return planning.plan(command, state, rules)
        case c.ChangePlan():
            return planning.change_plan(command, state, rules)
        case c.StartCampaign():
            return planning.start(command, state, rules)
        case c.PauseCampaign():
            return steering.pause(command, state)
        case c.ResumeCampaign():
            return steering.resume(command, state, rules)
        case c.ExtendPhase():
            return steering.extend(command, state, rules)
        case c.ClosePhaseEarly():
            return steering.close_early(command, state)
        case c.OverrideGate():
            return steering.override_gate(command, state)
        case c.EndCampaign():
            return (e.CampaignEnded(occurred_at=command.at, reason=command.reason),)
        case c.RecordGateAssessment():
            return reporting.assess(command, state)
        case c.RecordDutyObligations():
            return reporting.record_obligations(command, state)
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
    if command.actor.role not in allowed:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
