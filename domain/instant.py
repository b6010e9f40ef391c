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


class UnusableInstantError(ValueError):
    """An instant without a UTC offset, or outside the years this product computes with."""


def utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; refuse naive ones and years outside 1900 to 2199."""
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise UnusableInstantError("an instant needs a UTC offset")
        if not FIRST_YEAR < instant.year < LAST_YEAR:
            # The year may change on the way to UTC, and at year 1 or 9999 the way itself fails.
            raise UnusableInstantError(f"an instant lies between {FIRST_YEAR + 1} and {LAST_YEAR - 1}")
        return instant.astimezone(UTC)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise UnusableInstantError(f"an instant lies between {FIRST_YEAR} and {LAST_YEAR}")
    return instant


def to_microseconds(instant: datetime) -> int:
    """Count the microseconds since 1970 of an instant, refusing what `utc` refuses."""
    return (utc(instant) - EPOCH) // MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the instant so many microseconds after 1970, in UTC, refusing what `utc` refuses."""
    return utc(EPOCH + timedelta(microseconds=count))


Instant = Annotated[datetime, AfterValidator(utc)]
