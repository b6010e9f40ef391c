"""What a campaign puts in force for the items in it."""

from domain.campaign.state import Campaign, Paused, Running
from domain.rulebook.rulebook import CampaignInForce


def in_force(state: Campaign) -> CampaignInForce | None:
    """The policy of the phase that opened last; None before the first phase opened and after the campaign ended.

    Between two phases, and while the campaign is paused, the rules stay as they were.
    """
    running = state.running if isinstance(state, Paused) else state
    if not isinstance(running, Running):
        return None
    begun = [phase for phase in running.phases if phase.status in ("open", "closed")]
    if not begun:
        return None
    plan = running.plan
    return CampaignInForce(
        campaign_id=plan.campaign_id,
        policy_id=plan.phase(begun[-1].phase_id).policy_id,
        calendar_id=plan.calendar_id,
        catalogue_id=plan.catalogue_id,
        areas=frozenset(plan.areas),
    )
