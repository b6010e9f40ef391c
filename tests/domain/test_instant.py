"""Instants: what is accepted once is accepted when it is read back, in whatever offset it came."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.instant import Instant, UnusableInstantError, utc

INSTANTS: TypeAdapter[datetime] = TypeAdapter(Instant)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=2_000, derandomize=True)
@given(st.datetimes(timezones=OFFSETS))
def test_what_was_written_can_be_read(instant):
    try:
        accepted = INSTANTS.validate_python(instant)
    except ValidationError:
        return
    assert INSTANTS.validate_json(INSTANTS.dump_json(accepted)) == accepted


@pytest.mark.parametrize(
    "edge", ["1901-01-01T00:00:00+14:00", "2199-12-31T23:00:00-00:30", "2198-12-31T23:00:00-12:00"]
)
def test_at_the_edges_the_year_in_utc_counts(edge):
    accepted = INSTANTS.validate_python(edge)
    assert INSTANTS.validate_json(INSTANTS.dump_json(accepted)) == accepted


@pytest.mark.parametrize(
    "outside",
    [
        datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(2199, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
        datetime(1899, 12, 31, tzinfo=UTC),
        datetime(2026, 1, 1),  # noqa: DTZ001 - the very thing to be refused
    ],
)
def test_outside_the_years_and_without_an_offset_it_is_refused(outside):
    with pytest.raises(UnusableInstantError):
        utc(outside)
