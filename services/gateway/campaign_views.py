"""A campaign as people need it: where it stands, which phases are open, what comes next, what waits for a decision."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.campaign.due import next_due
from domain.campaign.in_force import in_force
from domain.campaign.plan import CampaignPlan, PhaseKind, PhasePlan, Title
from domain.campaign.state import Campaign, DutyState, Paused, PhaseState, Running, phases_of
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import View, unit_name
from services.messages.catalogue import Language, word


class OpenPhase(View):
    """A phase under way."""

    phase_id: str = Field(examples=["rectification"])
    name: str = Field(examples=["集中整治"])


class CampaignSummary(View):
    """One line of a list."""

    id: UUID
    campaign_id: str = Field(examples=["east-2027"])
    version: int = Field(description="事件数，即 ETag。 Number of events; the ETag.", examples=[4])
    status: str = Field(examples=["running"])
    status_text: str = Field(examples=["进行中"])
    name: str = Field(examples=["东街文明小区创建"])
    title: Title
    title_text: str = Field(examples=["文明小区"])
    office: str = Field(examples=["office"])
    office_name: str | None = Field(examples=["创建办"])
    open_phases: list[OpenPhase]
    policy_in_force: str | None = Field(
        description="进行中阶段适用的办理规则。 The policy of the phase that opened last.", examples=["city"]
    )
    next_due_at: datetime | None = Field(description="下一步自动发生的时间。 When something follows by itself.")
    next_due: str | None = Field(examples=["open_phase"])
    next_due_text: str | None = Field(examples=["阶段开始"])
    updated_at: datetime


class PhaseView(View):
    """A phase; its instants once the campaign has started."""

    phase_id: str = Field(examples=["rectification"])
    kind: PhaseKind
    kind_text: str = Field(examples=["集中整治"])
    name: str = Field(examples=["集中整治"])
    first_day: date
    last_day: date | None = Field(description="方案中的最后一天。 The last day in the plan.")
    policy_id: str = Field(examples=["city"])
    status: str = Field(examples=["open"])
    status_text: str = Field(examples=["进行中"])
    opens_at: datetime | None
    assess_at: datetime | None = Field(description="验收评估时间。 When the gate is assessed.")
    closes_at: datetime | None = Field(description="结束时间，含延长和顺延。 With extensions and pauses.")
    gate: str = Field(examples=["pending"])
    gate_text: str = Field(examples=["待评估"])
    duties: tuple[DutyState, ...] = Field(description="常态任务的下一期与已到期次数。 Next and past occurrences.")


class CampaignView(CampaignSummary):
    """One campaign, now or as it stood."""

    leading_group: str
    leading_group_name: str | None
    started_at: datetime | None
    paused_at: datetime | None
    awaiting_decision: list[str] = Field(
        description="未通过验收、等待领导小组决定的阶段。 Phases whose gate waits for the leading group.",
        examples=[["rectification"]],
    )
    phases: list[PhaseView]
    plan: CampaignPlan


def campaign_summary(
    stream_id: UUID, version: int, campaign: Campaign, rules: Rulebook, language: Language
) -> CampaignSummary:
    """A line of a list."""
    return CampaignSummary(**_summary(stream_id, version, campaign, rules, language))


def campaign_view(
    stream_id: UUID, version: int, campaign: Campaign, rules: Rulebook, language: Language
) -> CampaignView:
    """The whole campaign."""
    plan, running = campaign.plan, _running(campaign)
    states = {state.phase_id: state for state in phases_of(campaign)}
    return CampaignView(
        **_summary(stream_id, version, campaign, rules, language),
        leading_group=plan.leading_group,
        leading_group_name=unit_name(rules, plan.leading_group, language),
        started_at=running.started_at if running else None,
        paused_at=campaign.paused_at if isinstance(campaign, Paused) else None,
        awaiting_decision=[phase_id for phase_id, state in states.items() if state.gate == "referred"],
        phases=[_phase_view(phase, states.get(phase.phase_id), language) for phase in plan.phases],
        plan=plan,
    )


def _running(campaign: Campaign) -> Running | None:
    if isinstance(campaign, Paused):
        return campaign.running
    return campaign if isinstance(campaign, Running) else None


def _summary(stream_id: UUID, version: int, campaign: Campaign, rules: Rulebook, language: Language) -> dict[str, Any]:
    plan, due, force = campaign.plan, next_due(campaign), in_force(campaign)
    return {
        "id": stream_id,
        "campaign_id": plan.campaign_id,
        "version": version,
        "status": campaign.status,
        "status_text": word("status", campaign.status, language),
        "name": getattr(plan.name, language),
        "title": plan.title,
        "title_text": word("campaign_title", plan.title, language),
        "office": plan.office,
        "office_name": unit_name(rules, plan.office, language),
        "open_phases": [
            OpenPhase(phase_id=state.phase_id, name=getattr(plan.phase(state.phase_id).name, language))
            for state in phases_of(campaign)
            if state.status == "open" and campaign.status != "ended"
        ],
        "policy_in_force": force.policy_id if force else None,
        "next_due_at": due.at if due else None,
        "next_due": due.what if due else None,
        "next_due_text": word("campaign_due", due.what, language) if due else None,
        "updated_at": campaign.updated_at,
    }


def _phase_view(plan: PhasePlan, state: PhaseState | None, language: Language) -> PhaseView:
    status = state.status if state else "waiting"
    gate = state.gate if state else "pending" if plan.gate else "none"
    return PhaseView(
        phase_id=plan.phase_id,
        kind=plan.kind,
        kind_text=word("phase_kind", plan.kind, language),
        name=getattr(plan.name, language),
        first_day=plan.first_day,
        last_day=plan.last_day,
        policy_id=plan.policy_id,
        status=status,
        status_text=word("phase_status", status, language),
        opens_at=state.opens_at if state else None,
        assess_at=state.assess_at if state else None,
        closes_at=state.closes_at if state else None,
        gate=gate,
        gate_text=word("gate", gate, language),
        duties=state.duties if state else (),
    )
