"""When an act is issued: a reminder as the next working day begins, everything else at once."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar
from domain.campaign.occurrences import midnight
from domain.instant import UnusableInstantError
from domain.rulebook.regime import DeadlineOutOfCalendar
from domain.supervision.values import ActKind


def issue_instant(kind: ActKind, at: datetime, calendar: WorkCalendar, *, by_hand: bool) -> datetime:
    """The instant for which it is planned; what nobody issues by hand is issued in working hours."""
    try:
        if kind is ActKind.REMINDER:
            return _next_beginning(at, calendar)
        return at if by_hand else calendar.next_working_instant(at)
    except UnusableInstantError:
        raise DeadlineOutOfCalendar(kind=kind, calendar=calendar.version) from None


def _next_beginning(at: datetime, calendar: WorkCalendar) -> datetime:
    """The next instant at which a working day begins; before eight in the morning of one that is that day's."""
    today = at.astimezone(ZoneInfo(calendar.timezone)).date()
    begins = _begins(today, calendar)
    return begins if begins > at else _begins(today + timedelta(days=1), calendar)


def _begins(day: date, calendar: WorkCalendar) -> datetime:
    """When work begins on a day, or on the next working day after it."""
    return calendar.next_working_instant(midnight(day, calendar))
