"""All that is known after a run, and whether it says enough: where little was struck, little was shown."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.faults.plan import Planned
from tests.faults.verdict import Rule, Verdict, Violation

# Of the planned strikes; on a slow machine some fall behind the end of the load.
_STRUCK_SHARE = 0.8
# Without these there was nothing to be violated.
_NEEDED = ("commands acknowledged", "rungs climbed", "cases opened")


@dataclass
class Outcome:
    """A run as it ended. ``allowed``: kinds of strikes that may be impossible here."""

    seed: int
    minutes: float
    began: datetime
    ended: datetime
    journal: Path
    planned: Sequence[Planned]
    verdict: Verdict = field(default_factory=Verdict)
    restarts: dict[str, int] = field(default_factory=dict[str, int])
    struck: list[str] = field(default_factory=list[str])
    not_possible: dict[str, str] = field(default_factory=dict[str, str])
    failed: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])
    allowed: Collection[str] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing was violated, every strike came off, and there was enough to be violated."""
        return not self.violated and not self.shortcomings

    @property
    def violated(self) -> bool:
        """Whether anything was violated, or a strike failed."""
        return bool(self.verdict.violations or self.failed)

    @property
    def shortcomings(self) -> list[str]:
        """Why the run says less than one of its length should."""
        return list(self._shortcomings())

    def _shortcomings(self) -> Iterator[str]:
        kinds = Counter(planned.strike.fault for planned in self.planned)
        impossible = self.not_possible.keys() - set(self.allowed)
        yield from (f"not possible on this machine: {kind}" for kind in sorted(impossible))
        missing = kinds.keys() - set(self.struck) - self.not_possible.keys()
        yield from (f"planned, and never struck: {kind}" for kind in sorted(missing))
        possible = sum(times for kind, times in kinds.items() if kind not in self.not_possible)
        if len(self.struck) < _STRUCK_SHARE * possible:
            yield f"only {len(self.struck)} of {possible} planned strikes struck"
        yield from (f"no {what}" for what in _NEEDED if not self.verdict.counts.get(what))


def broke_off(what: str, problem: Exception) -> list[Violation]:
    """What did not come to its end: the worst outcome is one that is not told of."""
    return [Violation(Rule.UNSETTLED, what, "comes to its end", f"{type(problem).__name__}: {problem}")]
