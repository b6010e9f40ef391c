"""The plan of a campaign: who takes part, under which rules, through which phases."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.campaign.consistency import Fault, Window, doubled, faults_alone, faults_together
from domain.instant import Instant
from domain.limits import Limit
from domain.organisation.state import AreaKind
from domain.text import Code, Text

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
# Narrow enough that pauses and extensions cannot carry a phase out of the years this product computes with.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]


class Part(BaseModel):
    """A part of a plan; immutable, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PhaseKind(StrEnum):
    """What a phase is for (DOMAIN.md, phases). A campaign of one year walks them in this order; longer ones return."""

    MOBILISATION = "mobilisation"  # 动员部署
    DEMONSTRATION = "demonstration"  # 示范带动
    RECTIFICATION = "rectification"  # 集中整治
    SPRINT = "sprint"  # 冲刺迎检
    MAINTENANCE = "maintenance"  # 长效管理


class Title(StrEnum):
    """The title a campaign is run for."""

    CITY = "city"  # 文明城市
    TOWN = "town"  # 文明村镇
    COMMUNITY = "community"  # 文明小区
    CAMPUS = "campus"  # 文明校园
    ORGANISATION = "organisation"  # 文明单位


class DutyKind(StrEnum):
    """What recurs (DOMAIN.md, duties that recur)."""

    DAILY_REPORT = "daily_report"  # 日报
    DAILY_INSPECTION = "daily_inspection"  # 天检查
    WEEKLY_BULLETIN = "weekly_bulletin"  # 周通报
    WEEKLY_MEETING = "weekly_meeting"  # 周调度
    MONTHLY_ASSESSMENT = "monthly_assessment"  # 月考核
    INSPECTION = "inspection"  # 督查
    PATROL = "patrol"  # 巡查
    VOLUNTEERS = "volunteers"  # 志愿服务
    SURVEY = "survey"  # 问卷调查
    ARCHIVE_MATERIAL = "archive_material"  # 台账, 网报材料


class DutyPlan(Part):
    """A duty: when it recurs (RFC 5545 RRULE, local time of the campaign's calendar) and how long it may take.

    ``owed_by``: ``office``, ``units`` (each participating unit owes one) or the codes of units.
    ``on_rest_days``: what becomes of an occurrence on a day that is not a working day.
    """

    duty_id: Identifier
    kind: DutyKind
    name: Text
    rrule: Annotated[str, Field(min_length=1, max_length=500)]
    limit: Limit
    owed_by: Literal["office", "units"] | Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)] = "office"
    on_rest_days: Literal["keep", "skip", "next_working_day"] = "keep"
    quantities: Annotated[tuple[Text, ...], Field(max_length=100)] = ()


class Condition(Part):
    """One condition of a gate on an indicator; exactly one bound. Shares are decimals, 0.95 is 95 %."""

    indicator: IndicatorCode
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a condition has either at_least or at_most")
        return self

    def holds(self, value: Decimal | None) -> bool:
        """Whether a value meets the bound. No cases meet every condition: nothing was done wrong."""
        if value is None:
            return True
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or Decimal(0))


class Gate(Part):
    """What must hold before a phase closes; assessed some days before its last day ends."""

    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=50)]
    assess_days_before: Annotated[int, Field(ge=0, le=90)] = 1


class Target(Part):
    """A measured target: so many areas designated by a day, or such a share of all areas of a kind."""

    target_id: Identifier
    name: Text
    designation: Identifier
    area_kind: AreaKind
    by: Day
    count: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[Decimal, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        if (self.count is None) == (self.share is None):
            raise ValueError("a target has either count or share")
        return self


class PhasePlan(Part):
    """A phase. Days are inclusive, in the calendar's time zone; no last day only in maintenance.

    ``opens_at`` and ``closes_at`` give the window to the instant, for rehearsals that pass within minutes: they lie in
    ``first_day`` and ``last_day``, count instead of those days' beginning and end, and stand in every phase or in none.
    ``open_items``: what happens to running clocks when the phase opens with other limits.
    """

    phase_id: Identifier
    kind: PhaseKind
    name: Text
    first_day: Day
    last_day: Day | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    policy_id: Identifier
    open_items: Literal["leave", "recompute"] = "leave"
    gate: Gate | None = None
    targets: Annotated[tuple[Target, ...], Field(max_length=50)] = ()
    duties: Annotated[tuple[DutyPlan, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        _refuse(faults_alone(self.window))
        return self

    @property
    def window(self) -> Window:
        """What decides whether the phase fits among the others."""
        endless = self.kind is PhaseKind.MAINTENANCE
        gated = self.gate is not None
        return Window(self.phase_id, self.first_day, self.last_day, endless, gated, self.opens_at, self.closes_at)


class CampaignPlan(Part):
    """创建方案. ``areas`` empty: the whole city. ``overlap_days``: by how much neighbouring phases may overlap."""

    campaign_id: Identifier
    name: Text
    title: Title
    leading_group: Code
    office: Code
    working_groups: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    units: Annotated[tuple[Code, ...], Field(min_length=1, max_length=2000)]
    areas: Annotated[tuple[Code, ...], Field(max_length=20_000)] = ()
    calendar_id: Identifier
    catalogue_id: Identifier
    standard_id: Identifier | None = None
    inspection_day: Day | None = None
    overlap_days: Annotated[int, Field(ge=0, le=31)] = 7
    phases: Annotated[tuple[PhasePlan, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _phases_follow_each_other(self) -> Self:
        _refuse(faults_together([phase.window for phase in self.phases], self.overlap_days))
        duties = [((), duty.duty_id) for phase in self.phases for duty in phase.duties]
        targets = [((), target.target_id) for phase in self.phases for target in phase.targets]
        units = [((), unit) for unit in self.units]
        owing = [
            [((), unit) for unit in duty.owed_by]
            for phase in self.phases
            for duty in phase.duties
            if isinstance(duty.owed_by, tuple)
        ]
        # Neighbouring phases overlap: an occurrence is known by its duty and instant, whatever the phase.
        _refuse(fault for named in (duties, targets, units, *owing) for fault in doubled(named))
        return self

    def phase(self, phase_id: str) -> PhasePlan:
        """The plan of a phase; KeyError for an unknown id."""
        for phase in self.phases:
            if phase.phase_id == phase_id:
                return phase
        raise KeyError(phase_id)


def _refuse(faults: Iterable[Fault]) -> None:
    messages = [fault.message for fault in faults]
    if messages:
        raise ValueError("; ".join(messages))
