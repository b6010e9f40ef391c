"""The seeded calendar says of every day what two independent libraries say."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from services.calendar_seed import seed_calendar

SEED = seed_calendar()


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", range(2004, SEED.announced_until.year + 1))
def test_every_day_works_that_its_source_calls_a_working_day(year: int):
    assert [day for day in days_of(year) if SEED.is_working_day(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_works_that_the_other_library_calls_a_working_day(year: int):
    china = holidays.country_holidays("CN", years=year)
    assert [day for day in days_of(year) if SEED.is_working_day(day) != china.is_working_day(day)] == []


def test_it_is_announced_until_the_end_of_the_last_year_it_covers():
    assert SEED.announced_until == date(max(chinese_calendar.holidays).year, 12, 31)
    assert SEED.version == f"cn-{SEED.announced_until.year}"
    assert not SEED.is_working_day(date(SEED.announced_until.year, 10, 1))


def test_the_version_can_be_named():
    assert seed_calendar("cn@1").version == "cn@1"
    assert seed_calendar("cn@1").exceptions == SEED.exceptions
