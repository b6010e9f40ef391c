"""What follows from a command about a campaign: the decider."""

from collections.abc import Mapping
from typing import assert_never

from domain.actor import Role
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign import planning, reporting, steering
from domain.campaign.following import follow_up, settle
from domain.campaign.rejections import CampaignIsOver, NoSuchCampaign
from domain.campaign.state import Campaign, Ended, evolve
from domain.decider import Command
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.CampaignEvent, ...]
_OFFICE = frozenset({Role.OFFICE, Role.ADMINISTRATOR})
_LEADING = _OFFICE | {Role.LEADER}
_SERVICE = frozenset({Role.SYSTEM})
_OF_THE_WORKFLOW = c.FollowUpCampaign | c.RecordGateAssessment | c.RecordDutyObligations | c.RecordRecomputation

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.PlanCampaign: _OFFICE,
    c.ChangePlan: _OFFICE,
    c.StartCampaign: _OFFICE,
    c.PauseCampaign: _OFFICE,
    c.ResumeCampaign: _OFFICE,
    c.EndCampaign: _OFFICE,
    c.ExtendPhase: _LEADING,
    c.ClosePhaseEarly: _LEADING,
    c.OverrideGate: _LEADING,
    c.FollowUpCampaign: _SERVICE,
    c.RecordGateAssessment: _SERVICE,
    c.RecordDutyObligations: _SERVICE,
    c.RecordRecomputation: _SERVICE,
}


def decide(command: c.CampaignCommand, state: Campaign | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it.

    Whatever fell due before somebody acts is settled first: a duty that was due before a pause is called, even if the
    workflow that should have called it was down. The end of the campaign settles nothing: nothing is owed after it.
    """
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
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
        case c.RecordRecomputation():
            return reporting.record_recomputation(command, state)
        case c.FollowUpCampaign():
            return follow_up(state, command.at, rules)
        case _:
            assert_never(command)
