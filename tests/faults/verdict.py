"""What a judge says: which rule was broken, about what, what was told, what was found, and when."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

JSONNumber = int | float


class Rule(StrEnum):
    """What must hold, whatever strikes."""

    KEPT = "kept"  # an acknowledged command stands in the log where its receipt says, with what was asked
    ONCE = "once"  # under its key exactly once; nothing stands there that nobody asked for
    SAME_ANSWER = "same_answer"  # the same key again: the same answer
    REFUSED = "refused"  # what was refused left nothing
    NO_BUG = "no_bug"  # no outage was answered as if it were a bug of ours
    TIME = "time"  # what happened is dated within the request, by the clock of who decided
    DEADLINE = "deadline"  # due instants are what published limits, suspensions and extensions give
    RUNG_MISSING = "rung_missing"
    RUNG_EARLY = "rung_early"
    RUNG_TWICE = "rung_twice"
    CASE = "case"  # the last rung opens one case
    ORDER = "order"  # what was acknowledged first stands first; versions and positions are dense
    OUTCOMES = "outcomes"  # whoever reported something is told what became of it
    READ_MODELS = "read_models"  # they equal the rebuild
    WORKFLOWS = "workflows"  # whatever is open is waited for
    LOG = "log"  # it verifies, and continues every checkpoint that anybody kept
    WENT_BACK = "went_back"  # nothing that was seen was ever undone
    UNSETTLED = "unsettled"  # all came to rest once everything was put right


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise, with both sides."""

    rule: Rule
    subject: str
    told: str
    found: str
    at: datetime | None = None


@dataclass(slots=True)
class Verdict:
    """All that was found, and how much was looked at."""

    violations: list[Violation] = field(default_factory=list[Violation])
    counts: dict[str, JSONNumber] = field(default_factory=dict[str, JSONNumber])

    @property
    def by_rule(self) -> Counter[Rule]:
        """How many violations of each rule."""
        return Counter(violation.rule for violation in self.violations)

    def add(self, violations: list[Violation], **counts: JSONNumber) -> None:
        """Take up what one check found and counted."""
        self.violations += violations
        self.counts |= counts
