"""When a duty recurs: RFC 5545 rules read in the local time of the campaign's calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from domain.calendar import WorkCalendar
from domain.campaign.plan import DutyPlan

_FARTHEST = timedelta(days=3 * 366)


class UnusableRuleError(ValueError):
    """An RRULE that cannot be read, or that never recurs."""


def midnight(day: date, calendar: WorkCalendar) -> datetime:
    """The beginning of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)


def next_occurrence(
    duty: DutyPlan, first_day: date, after: datetime, calendar: WorkCalendar, until: datetime | None
) -> datetime | None:
    """The first occurrence strictly after an instant and before ``until``; None where there is none within three years.

    The rule counts from the phase's ``first_day``, so INTERVAL=2 means every second week of the phase.
    """
    zone = ZoneInfo(calendar.timezone)
    began = datetime(first_day.year, first_day.month, first_day.day)  # noqa: DTZ001 - local wall time, as RRULE wants
    try:
        rule = rrulestr(duty.rrule, dtstart=began)
    except (ValueError, TypeError) as error:
        raise UnusableRuleError(f"{duty.duty_id}: {error}") from error
    reached = after.astimezone(zone).replace(tzinfo=None)
    if duty.on_rest_days == "next_working_day":
        reached -= timedelta(days=31)  # an occurrence on a long holiday may be moved to after the instant
    horizon = after + _FARTHEST
    while (wall := rule.after(reached)) is not None:
        reached = wall
        instant = _on_working_day(duty, wall, calendar)
        if instant is None or instant <= after:
            continue
        if instant > horizon or (until is not None and instant >= until):
            return None
        return instant
    return None


def _on_working_day(duty: DutyPlan, wall: datetime, calendar: WorkCalendar) -> datetime | None:
    day = wall.date()
    if duty.on_rest_days == "skip" and not calendar.is_working_day(day):
        return None
    if duty.on_rest_days == "next_working_day":
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
    return wall.combine(day, wall.time(), tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)
