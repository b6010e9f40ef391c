"""Counts what comes again within a minute, so that no flood fills the log: the first stands, the rest are a number.

However many requests there are, one process keeps about `MOST_LINES` lines a minute, and `MOST_OF_ONE` about one
principal or address: what is too much is counted without its object, and beyond that without its address, so that only
the kinds of requests and refusals there are tell lines apart.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.access.trace import TalliedTrace

WINDOW = timedelta(minutes=1)
MOST_OF_ONE = 30
MOST_LINES = 1_000


@dataclass(slots=True)
class _Line:
    trace: TalliedTrace
    opened: datetime
    more: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def over(self, at: datetime) -> bool:
        return at - self.opened >= WINDOW

    def count(self, at: datetime) -> None:
        self.more += 1
        self.first = self.first or at
        self.last = at


class Tally:
    """The lines of the last minute. Instants come from the caller and never go back by much."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, str | None, str], _Line] = {}
        self._of_one: Counter[str] = Counter()

    @property
    def is_full(self) -> bool:
        """Whether there are as many open lines as are kept."""
        return len(self._lines) >= MOST_LINES

    def counted(self, trace: TalliedTrace) -> bool:
        """Count a trace on a line that is open; False where there is none."""
        at = trace.event.occurred_at
        line = self._lines.get(trace.likeness)
        if line is None or line.over(at):
            return False
        line.count(at)
        return True

    def open(self, trace: TalliedTrace) -> list[TalliedTrace]:
        """Begin a line with a trace that is written; returns what an older line of its kind still had to say."""
        told = self._close(trace.likeness)
        self._lines[trace.likeness] = _Line(trace, trace.event.occurred_at)
        self._of_one[trace.source] += 1
        return told

    def add(self, trace: TalliedTrace) -> list[TalliedTrace]:
        """Count a trace; returns what is to be written now: the trace itself where it is the first of its kind."""
        if self.counted(trace):
            return []
        if self.is_full:
            trace = trace.generally(from_anywhere=True)
        elif self._of_one[trace.source] >= MOST_OF_ONE:
            trace = trace.generally(from_anywhere=False)
        if self.counted(trace):
            return []
        return [*self.open(trace), trace]

    def finished(self, at: datetime | None = None) -> list[TalliedTrace]:
        """What lines have to say whose minute is over; without an instant, all of them."""
        over = [key for key, line in self._lines.items() if at is None or line.over(at)]
        return [told for key in over for told in self._close(key)]

    def _close(self, key: tuple[str, str, str | None, str]) -> list[TalliedTrace]:
        line = self._lines.pop(key, None)
        if line is None:
            return []
        self._of_one[line.trace.source] -= 1
        if not self._of_one[line.trace.source]:
            del self._of_one[line.trace.source]
        if line.first is None or line.last is None:
            return []
        return [line.trace.counting(line.more, line.first, line.last)]
