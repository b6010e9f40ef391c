"""What can happen to a campaign. Schedules are recorded as instants, so that folding needs no calendar."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.campaign.plan import CampaignPlan, DutyKind, Identifier, IndicatorCode, Part
from domain.decider import Event
from domain.instant import Instant


class PhaseWindow(Part):
    """The instants of a phase: it opens, its gate is assessed, it closes."""

    phase_id: Identifier
    opens_at: Instant
    assess_at: Instant | None = None
    closes_at: Instant | None = None


class DutyNext(Part):
    """When a duty recurs next; None: not in this phase any more.

    ``passed_over``: occurrences that lay before the campaign's start and mean nothing any more.
    """

    duty_id: Identifier
    at: Instant | None = None
    passed_over: int = 0


class ConditionResult(Part):
    """One condition of a gate as assessed. ``value`` None: no cases."""

    indicator: IndicatorCode
    value: Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    holds: bool


class CampaignPlanned(Event):
    """A plan was drawn up."""

    type: Literal["campaign.planned.v1"] = "campaign.planned.v1"
    plan: CampaignPlan


class CampaignPlanChanged(Event):
    """The plan was changed before the start, for a stated reason."""

    type: Literal["campaign.plan_changed.v1"] = "campaign.plan_changed.v1"
    plan: CampaignPlan
    reason: str


class CampaignStarted(Event):
    """The campaign runs; its phases have their instants. ``passed_over``: phases whose windows had already ended."""

    type: Literal["campaign.started.v1"] = "campaign.started.v1"
    calendar_version: str
    windows: tuple[PhaseWindow, ...]
    passed_over: tuple[Identifier, ...] = ()


class PhaseOpened(Event):
    """A phase opened; the policy it names is in force for clocks that start from now on."""

    type: Literal["campaign.phase_opened.v1"] = "campaign.phase_opened.v1"
    phase_id: str
    policy_id: str
    open_items: Literal["leave", "recompute"]
    calendar_version: str
    duties: tuple[DutyNext, ...]


class DutyCalled(Event):
    """A duty recurred: obligations follow."""

    type: Literal["campaign.duty_called.v1"] = "campaign.duty_called.v1"
    phase_id: str
    duty_id: str
    kind: DutyKind
    occurrence: Instant
    calendar_version: str
    next_at: Instant | None = None


class DutyObligationsOpened(Event):
    """The obligations of an occurrence exist."""

    type: Literal["campaign.duty_obligations_opened.v1"] = "campaign.duty_obligations_opened.v1"
    duty_id: str
    occurrence: Instant
    count: int


class RecomputationStarted(Event):
    """The phase wants open items recomputed, and a bulk operation is at it."""

    type: Literal["campaign.recomputation_started.v1"] = "campaign.recomputation_started.v1"
    phase_id: str
    operation_id: UUID


class GateAssessed(Event):
    """A gate was assessed with the values of an instant."""

    type: Literal["campaign.gate_assessed.v1"] = "campaign.gate_assessed.v1"
    phase_id: str
    as_of: Instant
    passed: bool
    results: tuple[ConditionResult, ...]


class GateReferred(Event):
    """The phase's last day has ended and its gate has not passed: the leading group 领导小组 must decide."""

    type: Literal["campaign.gate_referred.v1"] = "campaign.gate_referred.v1"
    phase_id: str


class GateOverridden(Event):
    """The gate counts as passed, by decision and with a reason."""

    type: Literal["campaign.gate_overridden.v1"] = "campaign.gate_overridden.v1"
    phase_id: str
    reason: str


class PhaseExtended(Event):
    """The phase lasts longer. ``following``: the new windows of later phases, where they were asked to move along."""

    type: Literal["campaign.phase_extended.v1"] = "campaign.phase_extended.v1"
    phase_id: str
    reason: str
    closes_before: Instant | None = None
    calendar_version: str
    window: PhaseWindow
    following: tuple[PhaseWindow, ...] = ()
    duties: tuple[DutyNext, ...] = ()


class PhaseClosed(Event):
    """A phase closed, on its day or early."""

    type: Literal["campaign.phase_closed.v1"] = "campaign.phase_closed.v1"
    phase_id: str
    early: bool = False
    reason: str | None = None


class CampaignPaused(Event):
    """Nothing opens, closes or recurs until resumed."""

    type: Literal["campaign.paused.v1"] = "campaign.paused.v1"
    reason: str


class CampaignResumed(Event):
    """The campaign goes on; what lay ahead moved by ``shifted_days``."""

    type: Literal["campaign.resumed.v1"] = "campaign.resumed.v1"
    reason: str
    shifted_days: int
    calendar_version: str
    windows: tuple[PhaseWindow, ...]
    duties: tuple[DutyNext, ...]


class CampaignEnded(Event):
    """The campaign is over."""

    type: Literal["campaign.ended.v1"] = "campaign.ended.v1"
    reason: str


CampaignEvent = (
    CampaignPlanned
    | CampaignPlanChanged
    | CampaignStarted
    | PhaseOpened
    | DutyCalled
    | DutyObligationsOpened
    | RecomputationStarted
    | GateAssessed
    | GateReferred
    | GateOverridden
    | PhaseExtended
    | PhaseClosed
    | CampaignPaused
    | CampaignResumed
    | CampaignEnded
)
CAMPAIGN_EVENTS: TypeAdapter[CampaignEvent] = TypeAdapter(Annotated[CampaignEvent, Field(discriminator="type")])
