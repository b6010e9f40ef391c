"""What the driver raises when the database is away, in one word."""

from collections.abc import Generator
from contextlib import contextmanager

from activities.streams import StoreAwayError
from services.store.pools import OUTAGES


@contextmanager
def outages_named() -> Generator[None]:
    """Raise StoreAwayError instead."""
    try:
        yield
    except OUTAGES as outage:
        raise StoreAwayError(repr(outage)) from outage
