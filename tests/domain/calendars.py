"""Calendars and ways of writing instants, for tests about time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def shanghai(*parts: int) -> datetime:
    """Return the instant at which clocks in China show this."""
    return datetime(*parts, tzinfo=SHANGHAI).astimezone(UTC)


def berlin(*parts: int) -> datetime:
    """Return the instant at which clocks in Berlin show this."""
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)


def _days(year: int, month: int, first: int, last: int) -> dict[date, bool]:
    start = date(year, month, first)
    return {start + timedelta(days=offset): False for offset in range(last - first + 1)}


# The State Council's announcement for 2026: holidays, then the make-up days 调休.
HOLIDAYS_2026 = {
    **_days(2026, 1, 1, 3),
    **_days(2026, 2, 15, 23),
    **_days(2026, 4, 4, 6),
    **_days(2026, 5, 1, 5),
    **_days(2026, 6, 19, 21),
    **_days(2026, 9, 25, 27),
    **_days(2026, 10, 1, 7),
}
MAKE_UP_DAYS_2026 = dict.fromkeys(
    (
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ),
    True,
)

CHINA = WorkCalendar.model_validate(
    {
        "version": "cn@1",
        "name": "中国大陆",
        "timezone": "Asia/Shanghai",
        "sessions": ["08:00-12:00", "14:00-18:00"],
        "working_weekdays": [0, 1, 2, 3, 4],
        "exceptions": HOLIDAYS_2026 | MAKE_UP_DAYS_2026,
        "announced_until": date(2026, 12, 31),
    }
)

# The same hours a year later, once New Year's holidays of 2027 are known.
CHINA_2027 = CHINA.model_copy(
    update={
        "version": "cn@2",
        "exceptions": CHINA.exceptions | _days(2027, 1, 1, 3),
        "announced_until": date(2027, 12, 31),
    }
)

# Nothing like an office: night sessions through both changes of summer time, a six-day week.
NIGHTS = WorkCalendar.model_validate(
    {
        "version": "nights@1",
        "name": "Night shifts",
        "timezone": "Europe/Berlin",
        "sessions": ["00:00-06:00", "13:15-13:16", "20:30-24:00"],
        "working_weekdays": [0, 1, 2, 3, 4, 6],
        "exceptions": {date(2026, 3, 29): True, date(2026, 3, 30): False, date(2026, 10, 24): True},
        "announced_until": date(2026, 12, 31),
    }
)

# Two sessions that touch, one day a week and a few single days.
SUNDAYS = WorkCalendar.model_validate(
    {
        "version": "sundays@1",
        "name": "Volunteers",
        "timezone": "Asia/Kathmandu",
        "sessions": ["00:00-09:30", "09:30-17:45", "23:59-24:00"],
        "working_weekdays": [6],
        "exceptions": {
            date(2026, 6, 1): True,
            date(2026, 6, 4): True,
            date(2026, 6, 7): False,
            date(2026, 6, 24): True,
            date(2026, 6, 25): True,
        },
        "announced_until": date(2026, 6, 30),
    }
)
