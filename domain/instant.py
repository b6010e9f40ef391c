"""Instants: aware, kept in UTC, and counted in whole microseconds where time is computed."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000  # microseconds

# Wide enough for any campaign and any archive, narrow enough that no limit can carry a deadline out of the calendar.
FIRST_YEAR = 1900
LAST_YEAR = 2199
_OUTSIDE = f"an instant lies between {FIRST_YEAR} and {LAST_YEAR}"


class UnusableInstantError(ValueError):
    """An instant without a UTC offset, or outside the years this product computes with."""


def utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; refuse naive ones and years outside 1900 to 2199.

    The bounds are those of the year in UTC, whatever the offset: what was accepted once is accepted when read back.
    """
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise UnusableInstantError("an instant needs a UTC offset")
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:  # the way to UTC leads out of the years that exist
            raise UnusableInstantError(_OUTSIDE) from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise UnusableInstantError(_OUTSIDE)
    return instant


def to_microseconds(instant: datetime) -> int:
    """Count the microseconds since 1970 of an instant, refusing what `utc` refuses."""
    return (utc(instant) - EPOCH) // MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the instant so many microseconds after 1970, in UTC, refusing what `utc` refuses."""
    return utc(EPOCH + timedelta(microseconds=count))


Instant = Annotated[datetime, AfterValidator(utc)]
