"""The working calendar: what is refused, what days and sessions work, how it is written down."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendar import Session, WorkCalendar
from domain.instant import UnusableInstantError, from_microseconds, to_microseconds, utc
from tests.domain.calendars import CHINA, NIGHTS, SHANGHAI, berlin, shanghai


def changed(**changes: object) -> WorkCalendar:
    return WorkCalendar.model_validate(CHINA.model_dump() | changes)


class TestDays:
    def test_weekdays_work_and_weekends_do_not(self):
        assert CHINA.is_working_day(date(2026, 11, 20))
        assert not CHINA.is_working_day(date(2026, 11, 21))

    def test_a_holiday_on_a_weekday_does_not_work(self):
        assert not CHINA.is_working_day(date(2026, 10, 1))

    def test_a_make_up_saturday_works(self):
        assert CHINA.is_working_day(date(2026, 10, 10))

    def test_beyond_the_announced_days_the_weekday_rule_holds(self):
        assert CHINA.is_working_day(date(2027, 1, 1))
        assert not CHINA.is_working_day(date(2027, 1, 2))


class TestSessions:
    @pytest.mark.parametrize(
        ("hour", "minute", "works"),
        [(7, 59, False), (8, 0, True), (11, 59, True), (12, 0, False), (14, 0, True), (17, 59, True), (18, 0, False)],
    )
    def test_the_start_of_a_session_works_and_its_end_does_not(self, hour: int, minute: int, works: bool):
        assert CHINA.is_working(shanghai(2026, 11, 20, hour, minute)) is works

    def test_a_day_has_eight_hours(self):
        assert CHINA.working_seconds_per_day == 8 * 3600

    def test_the_next_working_instant_is_itself_in_a_session(self):
        assert CHINA.next_working_instant(shanghai(2026, 11, 20, 9, 30)) == shanghai(2026, 11, 20, 9, 30)

    def test_the_next_working_instant_after_friday_is_monday_morning(self):
        assert CHINA.next_working_instant(shanghai(2026, 11, 20, 18)) == shanghai(2026, 11, 23, 8)

    def test_the_next_working_instant_at_noon_is_after_lunch(self):
        assert CHINA.next_working_instant(shanghai(2026, 11, 20, 12)) == shanghai(2026, 11, 20, 14)

    def test_a_year_has_the_working_time_of_its_working_days(self):
        start, end = shanghai(2026, 1, 1), shanghai(2027, 1, 1)
        days = sum(CHINA.is_working_day(date.fromordinal(date(2026, 1, 1).toordinal() + day)) for day in range(365))
        assert CHINA.working_seconds_between(start, end) == days * 8 * 3600

    def test_nothing_lies_between_an_instant_and_an_earlier_one(self):
        assert CHINA.working_seconds_between(shanghai(2026, 11, 20), shanghai(2026, 11, 19)) == 0

    def test_the_night_of_summer_time_is_an_hour_shorter(self):
        night = NIGHTS.working_seconds_between(berlin(2026, 3, 29), berlin(2026, 3, 29, 12))
        assert night == 5 * 3600

    def test_the_night_that_ends_summer_time_is_an_hour_longer(self):
        night = NIGHTS.working_seconds_between(berlin(2026, 10, 25), berlin(2026, 10, 25, 12))
        assert night == 7 * 3600

    def test_sessions_around_the_hour_that_summer_time_skips_are_counted_once(self):
        early = changed(timezone="Europe/Berlin", sessions=["02:15-02:45", "03:00-05:00"], working_weekdays=[6])
        assert early.working_seconds_between(berlin(2026, 3, 29), berlin(2026, 3, 30)) == 2 * 3600

    def test_instants_before_1970_work_as_well(self):
        assert CHINA.next_working_instant(shanghai(1955, 6, 4)) == shanghai(1955, 6, 6, 8)


class TestProvisional:
    def test_the_last_announced_day_is_firm_and_the_next_is_not(self):
        assert not CHINA.is_provisional(shanghai(2026, 12, 31, 23, 59))
        assert CHINA.is_provisional(shanghai(2027, 1, 1))


class TestRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"sessions": []},
            {"sessions": ["14:00-18:00", "08:00-12:00"]},
            {"sessions": ["08:00-12:00", "11:59-18:00"]},
            {"sessions": ["08:00-08:00"]},
            {"sessions": ["08:00-24:01"]},
            {"sessions": ["08:00-12:00\n"]},
            {"sessions": ["8-12"]},
            {"sessions": [{"start": 480.0, "end": 720}]},
            {"working_weekdays": []},
            {"working_weekdays": [7]},
            {"working_weekdays": [1, 0]},
            {"working_weekdays": [1, 1]},
            {"timezone": "Asia/Atlantis"},
            {"timezone": "Asia"},
            {"timezone": "../../etc/passwd"},
            {"timezone": ""},
            {"exceptions": {"2026-02-30": True}},
            {"exceptions": {"2026-02-28": 1}},
            {"announced_until": "9999-12-31"},
            {"surprise": 1},
        ],
    )
    def test_a_calendar_that_cannot_be(self, changes: dict[str, object]):
        with pytest.raises(ValidationError):
            changed(**changes)

    def test_a_naive_instant(self):
        naive = datetime(2026, 11, 20, 9)  # noqa: DTZ001 - the very thing to be refused
        for ask in (CHINA.is_working, CHINA.next_working_instant, CHINA.is_provisional):
            with pytest.raises(UnusableInstantError):
                ask(naive)

    @pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
    def test_an_instant_beyond_the_years_of_this_product(self, year: int):
        for zone in (UTC, SHANGHAI):
            with pytest.raises(UnusableInstantError):
                utc(datetime(year, 1, 1, tzinfo=zone))


class TestAsData:
    def test_sessions_are_written_as_people_write_them(self):
        assert Session(start=0, end=1440).model_dump(mode="json") == "00:00-24:00"
        assert CHINA.model_dump(mode="json")["sessions"] == ["08:00-12:00", "14:00-18:00"]

    @settings(derandomize=True, deadline=None)
    @given(st.integers(0, 1439), st.integers(1, 1440))
    def test_a_session_reads_back_what_it_wrote(self, one: int, other: int):
        start, end = min(one, other - 1), max(one + 1, other)
        session = Session(start=start, end=end)
        assert Session.model_validate_json(session.model_dump_json()) == session

    def test_a_calendar_reads_back_what_it_wrote(self):
        assert WorkCalendar.model_validate_json(CHINA.model_dump_json()) == CHINA

    def test_a_calendar_that_was_used_equals_one_that_was_not(self):
        used = changed()
        used.is_working(shanghai(2026, 11, 20, 9))
        assert used == changed()
        assert used.model_dump() == changed().model_dump()

    def test_a_changed_copy_does_not_work_the_hours_of_its_original(self):
        saturday = shanghai(2026, 11, 21, 9)
        assert not CHINA.is_working(saturday)
        assert CHINA.model_copy(update={"exceptions": {date(2026, 11, 21): True}}).is_working(saturday)

    def test_its_schema_describes_sessions_as_text(self):
        assert WorkCalendar.model_json_schema()["$defs"]["Session"]["type"] == "string"

    @settings(derandomize=True, deadline=None)
    @given(st.datetimes(datetime(1901, 1, 1), datetime(2198, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
    def test_microseconds_count_back_to_the_same_instant(self, instant: datetime):
        assert from_microseconds(to_microseconds(instant)) == instant
