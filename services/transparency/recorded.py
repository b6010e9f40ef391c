"""Holds the times at which entries say that they were recorded against the times others signed, and the log's order."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import accumulate

# How far clocks of witnesses and authorities may be from ours; and how far our own machines' may jump unnoticed.
SIGNED_TOLERANCE = timedelta(minutes=10)
ORDER_TOLERANCE = timedelta(hours=24)
_SPELT = len("2026-03-03T08:30:00.000000Z")


class RecordedTimes:
    """Entries come in the order of the log; ``signed``: sizes of the log with the time at which somebody saw each.

    What somebody saw at a time was recorded before, and what they did not see yet was recorded later. Where nobody
    signed, no entry may be much older than one before it in the log. ``now`` bounds all, as far.
    """

    def __init__(self, signed: Iterable[tuple[int, datetime]], now: datetime) -> None:
        seen = sorted(signed)
        self._sizes = [size for size, _ in seen]
        self._not_before = list(accumulate((at for _, at in seen), max))
        self._not_after = [*list(accumulate((at for _, at in reversed(seen)), min))[::-1], now + ORDER_TOLERANCE]
        self._newest: tuple[datetime, int] | None = None

    def wrong_with(self, position: int, recorded: datetime | None) -> str | None:
        """What contradicts the time that an entry gives; None where nothing does. ``recorded`` None: it gives none."""
        newest = self._newest
        if recorded is None:  # as entries did before the time stood in them, and none since
            return None if newest is None else f"no time of recording, but position {newest[1]} has one"
        place = bisect_right(self._sizes, position)
        if recorded > self._not_after[place] + SIGNED_TOLERANCE:
            return f"recorded {_said(recorded)}, but seen {_said(self._not_after[place])}"
        if place and recorded < self._not_before[place - 1] - SIGNED_TOLERANCE:
            return f"recorded {_said(recorded)}, but not seen yet {_said(self._not_before[place - 1])}"
        if newest is not None and recorded < newest[0] - ORDER_TOLERANCE:
            return f"recorded {_said(recorded)}, after position {newest[1]} recorded {_said(newest[0])}"
        if newest is None or recorded > newest[0]:
            self._newest = recorded, position
        return None


def recorded_in(text: object) -> datetime | None:
    """The instant in an entry's field, which has one spelling only. Raises ValueError; None where there is no field."""
    if text is None:
        return None
    if not isinstance(text, str) or len(text) != _SPELT or not text.endswith("Z"):
        raise ValueError("not an instant as entries spell it")
    return datetime.fromisoformat(text)


def _said(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
