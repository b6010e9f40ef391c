"""When a duty recurs: its rule read in the local time of the campaign's calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar
from domain.campaign.plan import DutyPlan
from domain.campaign.recurrence import rule_from

_FARTHEST = timedelta(days=3 * 366)
_LONGEST_REST = timedelta(days=31)


def midnight(day: date, calendar: WorkCalendar) -> datetime:
    """The beginning of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)


def next_occurrence(
    duty: DutyPlan, first_day: date, after: datetime, calendar: WorkCalendar, until: datetime | None
) -> datetime | None:
    """The first occurrence strictly after an instant and before ``until``; None where there is none within three years.

    The rule counts from the phase's ``first_day``, so INTERVAL=2 means every second week of the phase. Occurrences
    that ``next_working_day`` moves to the same instant are one. Raises UnusableRuleError.
    """
    zone = ZoneInfo(calendar.timezone)
    horizon = after + _FARTHEST
    if until is not None:
        horizon = min(horizon, until)
    began = datetime(first_day.year, first_day.month, first_day.day)  # noqa: DTZ001 - local wall time, as RRULE wants
    reached = after.astimezone(zone).replace(tzinfo=None)
    if duty.on_rest_days == "next_working_day":
        reached -= _LONGEST_REST  # an occurrence on a long holiday may be moved to after the instant
    rule = rule_from(duty.rrule, began, horizon.astimezone(zone).replace(tzinfo=None))
    best: datetime | None = None
    for wall in rule.xafter(reached):
        if best is not None and wall >= best.astimezone(zone).replace(tzinfo=None):
            break  # a later one can only be moved further, so nothing comes before the best any more
        instant = _on_working_day(duty, wall, calendar)
        if instant is not None and after < instant < horizon and (best is None or instant < best):
            best = instant
    return best


def _on_working_day(duty: DutyPlan, wall: datetime, calendar: WorkCalendar) -> datetime | None:
    day = wall.date()
    if duty.on_rest_days == "skip" and not calendar.is_working_day(day):
        return None
    if duty.on_rest_days == "next_working_day":
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
    return wall.combine(day, wall.time(), tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)
