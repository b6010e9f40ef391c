"""Adds up from the journal what clients felt while faults struck."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.faults.journal import Answered, Asked, Record, Struck

# What is felt so soon after a fault has ended still belongs to it: the parts find back to each other with pauses.
_AFTERWARDS = timedelta(seconds=3)
_SUCCESS = range(200, 300)
_TROUBLE = 500


@dataclass(frozen=True)
class Blow:
    """One strike as it was played, and how many attempts of clients failed meanwhile."""

    fault: str
    target: str
    begin: datetime
    end: datetime
    detail: str
    failed_attempts: int


@dataclass
class Felt:
    """What all clients felt together. Durations in seconds."""

    attempts: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    acknowledged: int = 0
    retried: int = 0
    waits: list[float] = field(default_factory=list[float])
    longest_silence: float = 0.0
    blows: list[Blow] = field(default_factory=list[Blow])

    def wait(self, share: float) -> float:
        """Return the wait for a definite answer that so large a share of the commands stayed below."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def felt(records: Iterable[Record]) -> Felt:
    """Read a journal from its beginning to its end."""
    sums = Felt()
    first_asked: dict[tuple[str, str], datetime] = {}
    retried, failures, struck = set[tuple[str, str]](), list[datetime](), list[Struck]()
    last_success: datetime | None = None
    for record in records:
        match record:
            case Asked():
                sums.attempts += 1
                command = (record.client, record.key)
                first_asked.setdefault(command, record.at)
                if record.attempt > 1:
                    retried.add(command)
            case Answered():
                command = (record.client, record.key)
                if record.status is None:
                    sums.errors[_first_word(record.error)] += 1
                else:
                    sums.statuses[f"{record.status} {record.code or ''}".strip()] += 1
                if record.status is None or record.status >= _TROUBLE:
                    failures.append(record.at)
                    continue
                if (asked := first_asked.pop(command, None)) is not None:
                    sums.waits.append((record.at - asked).total_seconds())
                    sums.acknowledged += record.status in _SUCCESS
                if last_success is not None:
                    sums.longest_silence = max(sums.longest_silence, (record.at - last_success).total_seconds())
                last_success = record.at
            case Struck():
                struck.append(record)
            case _:
                pass
    sums.retried = len(retried)
    sums.blows = _blows(struck, failures)
    return sums


def _blows(struck: Sequence[Struck], failures: Sequence[datetime]) -> list[Blow]:
    blows: list[Blow] = []
    ends = [each for each in struck if each.phase == "end"]
    for begin in (each for each in struck if each.phase == "begin"):
        end = next(
            (e for e in ends if (e.fault, e.target) == (begin.fault, begin.target) and e.at >= begin.at),
            begin,
        )
        count = sum(1 for at in failures if begin.at <= at <= end.at + _AFTERWARDS)
        blows.append(Blow(begin.fault, begin.target, begin.at, end.at, end.detail, count))
    return blows


def _first_word(error: str | None) -> str:
    return (error or "unknown").split("(", maxsplit=1)[0].split(":", maxsplit=1)[0].strip()
