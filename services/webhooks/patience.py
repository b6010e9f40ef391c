"""How long to wait for a receiver that fails: each message longer and longer, and the receiver as a whole too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

AT_ONCE = 4  # messages on the way to one receiver
FAILURES_THAT_OPEN = 5
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
LONGEST_ASKED_FOR = timedelta(hours=1)
_GROWTH = 3
_SPREAD = 0.4


def pause_after(attempts: int, lot: float) -> timedelta:
    """How long a message waits after so many failed attempts; ``lot``, from 0 to 1, spreads it by a fifth each way."""
    steps = min(attempts - 1, 20)  # beyond that it is the longest anyway, and the number would grow without end
    return min(FIRST_PAUSE * _GROWTH**steps, LONGEST_PAUSE) * (1 - _SPREAD / 2 + _SPREAD * lot)


def asked_for(retry_after: str | None, at: datetime) -> timedelta | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date), at most an hour; None for nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:6])), LONGEST_ASKED_FOR)
    try:
        pause = parsedate_to_datetime(text) - at
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(pause, LONGEST_ASKED_FOR) if pause > timedelta(0) else None


@dataclass(slots=True)
class Circuit:
    """Whether a receiver may be bothered: after several failures in a row it rests, then one message tries it out."""

    failures: int = 0
    rests: int = 0
    until: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the receiver failed so often that a single message has to find out first."""
        return self.rests > 0

    def room(self, at: datetime, under_way: int) -> int:
        """How many more messages may go now."""
        self._believe(at)
        if self.until is not None and at < self.until:
            return 0
        return max((1 if self.open else AT_ONCE) - under_way, 0)

    def succeeded(self) -> bool:
        """Note a success; say whether the receiver had been given up for a while."""
        was_open = self.open
        self.failures, self.rests, self.until = 0, 0, None
        return was_open

    def failed(self, at: datetime, asked: timedelta | None) -> None:
        """Note a failure, and how long the receiver asked to be left alone."""
        self._believe(at)
        self.failures += 1
        rest = asked or timedelta(0)
        resting = self.until is not None and at < self.until  # since another message that was under way with this one
        if self.failures >= FAILURES_THAT_OPEN and not resting:
            rest = max(rest, min(FIRST_REST * 2**self.rests, LONGEST_REST))
            self.rests = min(self.rests + 1, 20)
        if rest:
            self.until = max(self.until or at, at + rest)

    def _believe(self, at: datetime) -> None:
        """Forget a rest that no receiver could have asked for: the clock that set it was ahead."""
        if self.until is not None and self.until > at + LONGEST_ASKED_FOR:
            self.until = None
