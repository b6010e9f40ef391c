"""Targets of a campaign as measured by its designations, with what the pace so far leads to."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.campaign.plan import PhasePlan, Target
from domain.campaign.state import Campaign
from domain.designation.targets import Mark, Measured, Outcome, candidates, measure, pace_from
from domain.organisation.state import AreaKind
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import View
from services.messages.catalogue import Language, fill, word
from services.store.campaign_queries import DesignationMark


class TargetView(View):
    """A target: what is measured, what is wanted by when, and where the pace leads."""

    target_id: str = Field(examples=["models"])
    name: str = Field(examples=["示范小区"])
    phase_id: str = Field(examples=["demonstration"])
    designation: str = Field(examples=["model"])
    area_kind: AreaKind
    measured: Measured
    outcome: Outcome = Field(examples=["late"])
    outcome_text: str = Field(examples=["按目前进度将逾期达到。"])
    method: str | None = Field(description="预测的计算方法。 How the forecast was computed.")


class Targets(View):
    """All targets of a campaign, as of an instant. Areas count as they are now."""

    campaign_id: str = Field(examples=["east-2027"])
    as_of: datetime
    targets: list[TargetView]


def targets_view(
    campaign: Campaign, marks: Sequence[DesignationMark], at: datetime, rules: Rulebook, language: Language
) -> Targets:
    """Every target measured and forecast."""
    plan = campaign.plan
    return Targets(
        campaign_id=plan.campaign_id,
        as_of=at,
        targets=[
            _view(target, phase, campaign, marks, at, rules, language)
            for phase in plan.phases
            for target in phase.targets
        ],
    )


def _view(
    target: Target,
    phase: PhasePlan,
    campaign: Campaign,
    marks: Sequence[DesignationMark],
    at: datetime,
    rules: Rulebook,
    language: Language,
) -> TargetView:
    plan = campaign.plan
    timezone = rules.newest_calendar(plan.calendar_id).timezone
    course = [Mark(mark.at, mark.area, mark.granted) for mark in marks if mark.designation == target.designation]
    measured = measure(
        target,
        course,
        candidates(target, plan, rules),
        since=pace_from(campaign, phase, rules),
        at=at,
        timezone=timezone,
    )
    outcome = measured.outcome
    return TargetView(
        target_id=target.target_id,
        name=getattr(target.name, language),
        phase_id=phase.phase_id,
        designation=target.designation,
        area_kind=target.area_kind,
        measured=measured,
        outcome=outcome,
        outcome_text=word("forecast", outcome, language),
        method=_method(measured, timezone, language),
    )


def _method(measured: Measured, timezone: str, language: Language) -> str | None:
    forecast = measured.forecast
    if forecast is None:
        return None
    zone = ZoneInfo(timezone)
    facts = {
        "since": f"{forecast.since.astimezone(zone):%Y-%m-%d}",
        "until": f"{forecast.until.astimezone(zone):%Y-%m-%d}",
        "deadline": f"{measured.deadline.astimezone(zone):%Y-%m-%d}",
        "gained": forecast.gained,
        "per_week": forecast.per_week,
    }
    return fill(word("forecast", "method", language), facts, language)
