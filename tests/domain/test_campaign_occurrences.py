"""When duties recur: golden cases over holidays, make-up days and year ends, and rules that are refused."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaign.occurrences import midnight, next_occurrence
from domain.campaign.plan import DutyKind
from domain.campaign.recurrence import UnusableRuleError, check_rule
from tests.domain.calendars import CHINA, NIGHTS, SHANGHAI, SUNDAYS, berlin, shanghai
from tests.domain.campaign_samples import duty


def occurrences(rrule, first, count, *, rest="keep", calendar=CHINA, until=None):
    """The local wall times of the first occurrences since a day."""
    wanted = duty("duty", DutyKind.PATROL, rrule, on_rest_days=rest)
    reached = midnight(first, calendar) - timedelta(microseconds=1)
    found = []
    while len(found) < count:
        instant = next_occurrence(wanted, first, reached, calendar, until)
        if instant is None:
            break
        found.append(f"{instant.astimezone(SHANGHAI):%y-%m-%d %H:%M}")
        reached = instant
    return found


GOLDEN = [
    ("FREQ=DAILY;BYHOUR=18", date(2026, 9, 29), "keep", ["26-09-29 18:00", "26-09-30 18:00", "26-10-01 18:00"]),
    # Skipping the National Day week; the tenth of October is a make-up Saturday.
    (
        "FREQ=DAILY;BYHOUR=18",
        date(2026, 9, 30),
        "skip",
        ["26-09-30 18:00", "26-10-08 18:00", "26-10-09 18:00", "26-10-10 18:00", "26-10-12 18:00"],
    ),
    # The seven days of the week fall together into one on the first working day.
    (
        "FREQ=DAILY;BYHOUR=18",
        date(2026, 9, 30),
        "next_working_day",
        ["26-09-30 18:00", "26-10-08 18:00", "26-10-09 18:00", "26-10-10 18:00", "26-10-12 18:00"],
    ),
    # Mondays over the Spring Festival: the 16th and 23rd of February are holidays and move to Tuesday the 24th.
    (
        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9",
        date(2026, 2, 2),
        "next_working_day",
        ["26-02-02 09:00", "26-02-09 09:00", "26-02-24 09:00", "26-03-02 09:00"],
    ),
    # A Saturday meeting is held on make-up Saturdays only.
    (
        "FREQ=WEEKLY;BYDAY=SA;BYHOUR=9",
        date(2026, 1, 1),
        "skip",
        ["26-02-14 09:00", "26-02-28 09:00", "26-05-09 09:00", "26-10-10 09:00"],
    ),
    # The last day of each month, over a year's end and a leap day that is not there.
    (
        "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=17;BYMINUTE=30",
        date(2026, 12, 1),
        "keep",
        ["26-12-31 17:30", "27-01-31 17:30", "27-02-28 17:30"],
    ),
    # The 31st exists in seven months of the year.
    ("FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=9", date(2026, 1, 1), "keep", ["26-01-31 09:00", "26-03-31 09:00"]),
    # The first of January 2027 is not announced: by the weekday rule it is an ordinary Friday.
    ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=9", date(2026, 6, 1), "skip", ["27-01-01 09:00", "29-01-01 09:00"]),
    # Every second week counts from the week of the phase's first day.
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;BYHOUR=9", date(2026, 7, 8), "keep", ["26-07-09 09:00", "26-07-20 09:00"]),
    # The first working Monday... the first Monday of the month, moved off a holiday.
    ("FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9", date(2026, 10, 1), "next_working_day", ["26-10-08 09:00", "26-11-02 09:00"]),
    # UNTIL with a day includes it, with a time it ends there.
    ("FREQ=DAILY;BYHOUR=18;UNTIL=20260702", date(2026, 7, 1), "keep", ["26-07-01 18:00", "26-07-02 18:00"]),
    ("FREQ=DAILY;BYHOUR=18;UNTIL=20260702T170000", date(2026, 7, 1), "keep", ["26-07-01 18:00"]),
    # Without a time: as the day begins.
    ("FREQ=WEEKLY;BYDAY=WE", date(2026, 12, 30), "keep", ["26-12-30 00:00", "27-01-06 00:00"]),
    # Two times a day whose holidays move behind each other stay in order.
    (
        "FREQ=DAILY;BYHOUR=9,18",
        date(2026, 6, 19),
        "next_working_day",
        ["26-06-22 09:00", "26-06-22 18:00", "26-06-23 09:00"],
    ),
]


@pytest.mark.parametrize(("rrule", "first", "rest", "expected"), GOLDEN)
def test_duties_recur_as_the_calendar_says(rrule, first, rest, expected):
    assert occurrences(rrule, first, len(expected), rest=rest) == expected


def test_of_occurrences_that_move_past_each_other_the_earlier_instant_comes_first():
    # Saturday evening moves to Monday evening, Sunday morning to Monday morning.
    wanted = duty("duty", DutyKind.PATROL, "FREQ=DAILY;BYDAY=SA,SU;BYHOUR=9,18", on_rest_days="next_working_day")
    friday = shanghai(2026, 11, 20, 20)
    first = next_occurrence(wanted, date(2026, 11, 16), friday, CHINA, None)
    assert first == shanghai(2026, 11, 23, 9)
    assert next_occurrence(wanted, date(2026, 11, 16), first, CHINA, None) == shanghai(2026, 11, 23, 18)


def test_nothing_recurs_at_the_end_or_after_it():
    wanted = duty("duty", DutyKind.PATROL, "FREQ=DAILY;BYHOUR=18")
    six = shanghai(2026, 7, 2, 18)
    assert next_occurrence(wanted, date(2026, 7, 1), shanghai(2026, 7, 1, 18), CHINA, six) is None
    assert next_occurrence(wanted, date(2026, 7, 1), shanghai(2026, 7, 1, 18), CHINA, six + timedelta(seconds=1)) == six


def test_a_duty_keeps_its_wall_time_through_summer_time():
    wanted = duty("duty", DutyKind.PATROL, "FREQ=DAILY;BYHOUR=18")
    saturday = berlin(2026, 3, 28, 18)
    assert next_occurrence(wanted, date(2026, 3, 1), saturday, NIGHTS, None) == berlin(2026, 3, 29, 18)
    assert berlin(2026, 3, 29, 18) - saturday == timedelta(hours=23)


@pytest.mark.parametrize(
    ("rrule", "rest", "calendar"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "keep", CHINA),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31", "next_working_day", CHINA),
        ("FREQ=WEEKLY;BYDAY=TU", "skip", SUNDAYS),
        ("FREQ=DAILY;UNTIL=20200101", "keep", CHINA),
    ],
)
def test_a_rule_that_never_recurs_is_found_out_at_once(rrule, rest, calendar):
    assert occurrences(rrule, date(2026, 7, 1), 1, rest=rest, calendar=calendar) == []


@pytest.mark.parametrize(
    "rrule",
    [
        "",
        "daily",
        "FREQ=DAILY;",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;BYHOUR=25",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,10,20,30,40",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=DAILY;UNTIL=2026-12-31",
        "FREQ=DAILY;UNTIL=20261331",
        "RRULE:FREQ=DAILY",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "FREQ=DAILY\nRDATE:20260101T000000",
    ],
)
def test_a_rule_that_cannot_be_a_dutys_is_refused(rrule):
    with pytest.raises(UnusableRuleError):
        check_rule(rrule)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="FREQ=DAILYWKMONTHYBSP;,+-0123456789TU", max_size=40))
def test_no_text_fails_in_any_other_way(text):
    try:
        check_rule(f"FREQ=WEEKLY;{text}")
    except UnusableRuleError:
        return


BY_DAY = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.dates(date(2026, 1, 1), date(2026, 11, 30)),
    BY_DAY,
    st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True),
    st.sampled_from(["keep", "skip", "next_working_day"]),
)
def test_occurrences_are_those_a_walk_over_the_days_finds(first, by_day, hours, rest):
    rrule = f"FREQ=WEEKLY;BYDAY={','.join(by_day)};BYHOUR={','.join(map(str, hours))}"
    names = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    expected = set()
    for offset in range(400):
        day = first + timedelta(days=offset)
        if names[day.weekday()] not in by_day:
            continue
        if rest == "skip" and not CHINA.is_working_day(day):
            continue
        while rest == "next_working_day" and not CHINA.is_working_day(day):
            day += timedelta(days=1)
        expected |= {datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI) for hour in hours}
    walked = [f"{instant:%y-%m-%d %H:%M}" for instant in sorted(expected)]
    found = occurrences(rrule, first, 8, rest=rest)
    assert len(found) == 8 or rest == "skip"
    assert found == walked[: len(found)]
