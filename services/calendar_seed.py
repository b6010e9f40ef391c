"""The working calendar of mainland China to begin with, from the State Council's announcements."""

from datetime import date

from chinese_calendar.constants import holidays, workdays

from domain.calendar import Session, WorkCalendar

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
MORNING = Session(start=8 * 60, end=12 * 60)
AFTERNOON = Session(start=14 * 60, end=18 * 60)


def seed_calendar(version: str | None = None) -> WorkCalendar:
    """Return the calendar with every holiday and make-up day 调休 the installed chinesecalendar knows.

    It is announced until the end of the last year covered there; that year names the version unless one is given.
    """
    last_year = max(holidays).year
    resting = {day: False for day in holidays if day.weekday() in MONDAY_TO_FRIDAY}
    making_up = {day: True for day in workdays if day.weekday() not in MONDAY_TO_FRIDAY}
    return WorkCalendar(
        version=f"cn-{last_year}" if version is None else version,
        name="中国大陆工作日历",
        timezone="Asia/Shanghai",
        sessions=(MORNING, AFTERNOON),
        working_weekdays=MONDAY_TO_FRIDAY,
        exceptions=dict(sorted({**resting, **making_up}.items())),
        announced_until=date(last_year, 12, 31),
    )
