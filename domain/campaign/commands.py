"""What can be asked of a campaign."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.campaign.plan import CampaignPlan, Day
from domain.decider import Command, Reason
from domain.instant import Instant


class PlanCampaign(Command):
    """Draw up a plan."""

    plan: CampaignPlan


class ChangePlan(Command):
    """Replace the plan before the start."""

    plan: CampaignPlan
    reason: Reason


class StartCampaign(Command):
    """Start: phases open on their days from now on."""


class PauseCampaign(Command):
    """暂停, for a typhoon, a holiday."""

    reason: Reason


class ResumeCampaign(Command):
    """恢复."""

    reason: Reason


class ExtendPhase(Command):
    """Give a phase a later last day; later phases that have not opened keep their days, or move by as many."""

    phase_id: str
    last_day: Day
    reason: Reason
    following: Literal["keep", "move"] = "keep"


class ClosePhaseEarly(Command):
    """Close an open phase before its last day."""

    phase_id: str
    reason: Reason


class RecordGateAssessment(Command):
    """The workflow reports the values of a gate's indicators as of an instant; None means no cases."""

    phase_id: str
    as_of: Instant
    values: dict[str, Decimal | None]


class OverrideGate(Command):
    """Let a gate count as passed, by decision of the leading group."""

    phase_id: str
    reason: Reason


class RecordDutyObligations(Command):
    """The workflow reports that the obligations of an occurrence exist."""

    duty_id: str
    occurrence: Instant
    count: Annotated[int, Field(ge=0)]


class RecordRecomputation(Command):
    """The workflow reports that a bulk operation recomputes the open items, as the phase wants it."""

    phase_id: str
    operation_id: UUID


class EndCampaign(Command):
    """End the campaign in whatever phase it is."""

    reason: Reason


class FollowUpCampaign(Command):
    """The workflow asks what follows, because an instant has come."""


CampaignCommand = (
    PlanCampaign
    | ChangePlan
    | StartCampaign
    | PauseCampaign
    | ResumeCampaign
    | ExtendPhase
    | ClosePhaseEarly
    | RecordGateAssessment
    | OverrideGate
    | RecordDutyObligations
    | RecordRecomputation
    | EndCampaign
    | FollowUpCampaign
)
