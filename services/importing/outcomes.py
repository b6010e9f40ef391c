"""What became of each row, with the notes that explain it, and the counts that must add up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.text import Text
from services.importing.texts import text_of


class Outcome(StrEnum):
    """What became, or in a dry run would become, of a row. Every row has exactly one."""

    IMPORTED = "imported"
    IMPORTED_WITH_REMARK = "imported_with_remark"
    ALREADY_IMPORTED = "already_imported"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark or the reason of a refusal; ``column`` is where it was found, empty where it concerns the whole row."""

    code: str
    column: str = ""
    facts: tuple[tuple[str, str | int], ...] = ()

    @property
    def text(self) -> Text:
        """The note in words."""
        return text_of(self.code, dict(self.facts))


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row's fate. ``number`` is the item's, where there is one."""

    line: int
    outcome: Outcome
    source_id: str = ""
    number: str | None = None
    notes: tuple[Note, ...] = ()


def refused(line: int, note: Note, source_id: str = "") -> RowOutcome:
    """A row that did not come in."""
    return RowOutcome(line, Outcome.REFUSED, source_id, notes=(note,))


@dataclass
class Summary:
    """The counts of a run, with the first line in which each note was made."""

    applied: bool
    outcomes: Counter[Outcome] = field(default_factory=Counter[Outcome])
    refusals: Counter[str] = field(default_factory=Counter[str])
    remarks: Counter[str] = field(default_factory=Counter[str])
    truncated: bool = False
    examples: dict[str, tuple[int, Note]] = field(default_factory=dict[str, tuple[int, Note]])

    @property
    def rows(self) -> int:
        """How many rows the file has: the sum of the outcomes, since every row has one."""
        return self.outcomes.total()

    def add(self, outcomes: Sequence[RowOutcome]) -> None:
        """Count some rows."""
        for row in outcomes:
            self.outcomes[row.outcome] += 1
            counts = self.refusals if row.outcome is Outcome.REFUSED else self.remarks
            for note in row.notes:
                counts[note.code] += 1
                self.examples.setdefault(note.code, (row.line, note))
