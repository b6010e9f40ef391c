"""Measures a target by its designations, and says by the pace so far whether it will be met in time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.campaign.plan import CampaignPlan, PhasePlan, Target
from domain.campaign.schedule import window_of
from domain.campaign.state import Campaign, Paused, Running, phases_of
from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook

Outcome = Literal["no_cases", "met", "over", "too_early", "in_time", "late", "never"]
_WEEK = timedelta(days=7)
# Less than a day says nothing about a pace that is told by the week.
_LEAST = timedelta(days=1)
_FARTHEST = timedelta(days=3660)


class Mark(NamedTuple):
    """A designation of an area was granted, or withdrawn."""

    at: datetime
    area: str
    granted: bool


class Forecast(BaseModel):
    """Where the pace leads: ``value`` at the deadline, and when the goal is reached if all goes on like this.

    The pace is the designations gained since ``since``, over the time from then to ``until``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Literal["in_time", "late", "never"]
    gained: int
    per_week: Decimal
    value: int
    reaches_on: date | None = None
    since: Instant
    until: Instant


class Measured(BaseModel):
    """A target as of an instant.

    ``total`` counts the areas of its kind; ``goal`` how many are wanted, None where a share of no areas is asked for;
    ``share`` what share bears the designation, None where there are no areas. No forecast: the goal is met, the
    deadline is over, or less than a day has passed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: int
    total: int
    goal: int | None
    share: Decimal | None
    met: bool | None
    met_at: Instant | None
    deadline: Instant
    over: bool
    forecast: Forecast | None

    @property
    def outcome(self) -> Outcome:
        """How it stands in one word."""
        if self.goal is None:
            return "no_cases"
        if self.met:
            return "met"
        if self.over:
            return "over"
        return self.forecast.outcome if self.forecast else "too_early"


def pace_from(campaign: Campaign, phase: PhasePlan, rules: Rulebook) -> datetime:
    """From when on the pace of a phase's targets counts: its opening, not before the campaign's start."""
    opens = next((state.opens_at for state in phases_of(campaign) if state.phase_id == phase.phase_id), None)
    if opens is None:
        return window_of(phase, rules.newest_calendar(campaign.plan.calendar_id)).opens_at
    running = campaign.running if isinstance(campaign, Paused) else campaign
    return max(opens, running.started_at) if isinstance(running, Running) else opens


def candidates(target: Target, plan: CampaignPlan, rules: Rulebook) -> frozenset[str]:
    """The areas that can bear the target's designation, as they are now."""
    within = frozenset(code for area in plan.areas for code in rules.areas_below(area)) if plan.areas else None
    return frozenset(
        area.code
        for area in rules.areas.values()
        if area.kind == target.area_kind and not area.abolished and (within is None or area.code in within)
    )


def measure(
    target: Target, marks: Sequence[Mark], areas: frozenset[str], *, since: datetime, at: datetime, timezone: str
) -> Measured:
    """The target as of an instant; ``marks`` are those of its designation, oldest first."""
    course = _course([mark for mark in marks if mark.area in areas and mark.at <= at])
    value, total = course[-1][1] if course else 0, len(areas)
    goal = _goal(target, total)
    deadline = _end_of(target.by, timezone)
    met = None if goal is None else value >= goal
    return Measured(
        value=value,
        total=total,
        goal=goal,
        share=(Decimal(value) / total).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) if total else None,
        met=met,
        met_at=_since_when(course, goal) if goal is not None and met else None,
        deadline=deadline,
        over=at >= deadline,
        forecast=None
        if goal is None or met or at >= deadline
        else _forecast(course, goal, total, since, at, deadline, timezone),
    )


def _course(marks: Sequence[Mark]) -> list[tuple[datetime, int]]:
    """How many areas bore the designation, from each change on."""
    bearing: set[str] = set()
    course: list[tuple[datetime, int]] = []
    for mark in marks:
        (bearing.add if mark.granted else bearing.discard)(mark.area)
        course.append((mark.at, len(bearing)))
    return course


def _goal(target: Target, total: int) -> int | None:
    if target.count is not None:
        return target.count
    if not total:
        return None
    return int(((target.share or Decimal(0)) * total).to_integral_value(ROUND_CEILING))


def _since_when(course: Sequence[tuple[datetime, int]], goal: int) -> datetime | None:
    """Since when the goal is met without a break."""
    found: datetime | None = None
    for at, value in reversed(course):
        if value < goal:
            break
        found = at
    return found


def _end_of(day: date, timezone: str) -> datetime:
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(timezone))


def _forecast(
    course: Sequence[tuple[datetime, int]],
    goal: int,
    total: int,
    since: datetime,
    at: datetime,
    deadline: datetime,
    timezone: str,
) -> Forecast | None:
    if at - since < _LEAST:
        return None
    value = course[-1][1] if course else 0
    gained = value - next((number for instant, number in reversed(course) if instant <= since), 0)
    pace = Decimal(gained * (_WEEK // timedelta.resolution)) / ((at - since) // timedelta.resolution)
    ahead = Decimal((deadline - at) // timedelta.resolution) / (_WEEK // timedelta.resolution)
    projected = min(max(int(value + pace * ahead), 0), total)
    reaches = _reaches(goal - value, pace, at) if pace > 0 and goal <= total else None
    return Forecast(
        outcome="never" if reaches is None else "in_time" if reaches <= deadline else "late",
        gained=gained,
        per_week=pace.quantize(Decimal("0.01"), ROUND_HALF_EVEN),
        value=projected,
        reaches_on=None if reaches is None else reaches.astimezone(ZoneInfo(timezone)).date(),
        since=since,
        until=at,
    )


def _reaches(missing: int, pace: Decimal, at: datetime) -> datetime | None:
    needed = Decimal(missing) / pace * (_WEEK // timedelta.resolution)
    if needed > _FARTHEST // timedelta.resolution:
        return None
    return at + timedelta(microseconds=int(needed.to_integral_value(ROUND_CEILING)))
