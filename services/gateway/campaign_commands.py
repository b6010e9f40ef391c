"""Every command about an existing campaign that the API offers: its path, its names, and an example of its body."""

from domain.campaign import commands as c
from domain.campaign.decisions import ALLOWED
from services.gateway.offered_command import OfferedCommand


class CampaignCommand(OfferedCommand):
    """A command under ``/v1/campaigns/{campaign_id}/<path>``."""

    allowed = ALLOWED


_PHASE = ("campaign_not_running", "unknown_phase", "phase_not_open")

CAMPAIGN_COMMANDS = (
    CampaignCommand("start", c.StartCampaign, refusals=("campaign_already_started", "campaign_in_past")),
    CampaignCommand("pause", c.PauseCampaign, {"reason": "台风"}, refusals=("campaign_not_running",)),
    CampaignCommand("resume", c.ResumeCampaign, {"reason": "台风过境"}, refusals=("campaign_not_paused",)),
    CampaignCommand(
        "extend-phase",
        c.ExtendPhase,
        {"phase_id": "rectification", "last_day": "2027-06-10", "reason": "整改量大", "following": "move"},
        refusals=(*_PHASE, "phase_has_no_last_day", "last_day_not_later", "overlaps_next_phase"),
    ),
    CampaignCommand(
        "close-phase", c.ClosePhaseEarly, {"phase_id": "rectification", "reason": "提前完成"}, refusals=_PHASE
    ),
    CampaignCommand(
        "override-gate",
        c.OverrideGate,
        {"phase_id": "mobilisation", "reason": "领导小组会议决定"},
        refusals=(*_PHASE, "no_gate_to_override"),
    ),
    CampaignCommand("end", c.EndCampaign, {"reason": "通过验收"}),
)
