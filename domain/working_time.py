"""Working time on a line: how much lies between two instants, and where an amount of it ends."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.instant import SECOND, from_microseconds, to_microseconds

# Working time is laid out in stretches of this length when first asked for: long enough that a usual
# deadline lies in one or two, short enough that laying one out takes a fraction of a millisecond.
STRETCH = 32 * 24 * 3600 * SECOND


class Stretch(NamedTuple):
    """The working intervals of one stretch of the line, and the working time before each of them."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def worked_until(self, at: int) -> int:
        """Return the working time from the beginning of the stretch until an instant in it."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        return self.before[index] + min(at, self.ends[index]) - self.starts[index]


class WorkingTime:
    """The working intervals of a calendar. All instants and amounts are microseconds."""

    def __init__(
        self, zone: ZoneInfo, sessions: tuple[tuple[int, int], ...], is_working_day: Callable[[date], bool]
    ) -> None:
        self._zone = zone
        self._sessions = sessions
        self._is_working_day = is_working_day
        self._stretches: dict[int, Stretch] = {}

    def between(self, start: int, end: int) -> int:
        """Return the working time in [start, end); nothing when the end is not after the start."""
        if end <= start:
            return 0
        first, last = start // STRETCH, end // STRETCH
        worked = self._stretch(last).worked_until(end) - self._stretch(first).worked_until(start)
        return worked + sum(self._stretch(number).total for number in range(first, last))

    def advance(self, start: int, amount: int) -> int:
        """Return the first instant by which the amount (above 0) was worked: at a session's end, that end itself."""
        number = start // STRETCH
        stretch = self._stretch(number)
        wanted = stretch.worked_until(start) + amount
        while wanted > stretch.total:
            wanted -= stretch.total
            number += 1
            stretch = self._stretch(number)
        index = bisect_left(stretch.before, wanted) - 1
        return stretch.starts[index] + wanted - stretch.before[index]

    def is_working(self, at: int) -> bool:
        """Say whether the instant lies in a session: its start does, its end does not."""
        return self.next_working(at) == at

    def next_working(self, at: int) -> int:
        """Return the first instant from this one on that lies in a session."""
        number = at // STRETCH
        stretch = self._stretch(number)
        index = bisect_right(stretch.ends, at)
        while index == len(stretch.starts):
            number += 1
            stretch = self._stretch(number)
            index = 0
        return max(at, stretch.starts[index])

    def _stretch(self, number: int) -> Stretch:
        found = self._stretches.get(number)
        if found is None:
            found = self._stretches[number] = self._laid_out(number * STRETCH, (number + 1) * STRETCH)
        return found

    def _laid_out(self, start: int, end: int) -> Stretch:
        starts: list[int] = []
        ends: list[int] = []
        before = [0]
        day = from_microseconds(start).astimezone(self._zone).date()
        last_day = from_microseconds(end).astimezone(self._zone).date()
        reached = start
        while day <= last_day:
            sessions = self._sessions if self._is_working_day(day) else ()
            # Sorted and cut again as instants: the night of a change to summer time may turn and overlap them.
            for opens, closes in sorted(
                (self._wall(day, opens), self._wall(day, closes)) for opens, closes in sessions
            ):
                session_start = max(opens, reached)
                session_end = min(closes, end)
                if session_start < session_end:
                    starts.append(session_start)
                    ends.append(session_end)
                    before.append(before[-1] + session_end - session_start)
                    reached = session_end
            day += timedelta(days=1)
        total = before.pop()
        return Stretch(starts, ends, before, total)

    def _wall(self, day: date, minute: int) -> int:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return to_microseconds(midnight + timedelta(minutes=minute))
