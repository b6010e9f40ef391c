"""The row-by-row report of an import, as a CSV that spreadsheets open safely."""

import csv
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.importing.outcomes import RowOutcome

HEADER = ("line", "outcome", "source_id", "number", "column", "code", "说明", "explanation")
# The wide forms too, which spreadsheets in Chinese take for the narrow ones.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class CsvReport:
    """Writes a line for every row; one with several notes keeps them in one line, separated by semicolons."""

    def __init__(self, write: Callable[[Sequence[str]], object]) -> None:
        self._write = write

    def add(self, outcomes: Sequence[RowOutcome]) -> None:
        """Write some rows."""
        for row in outcomes:
            cells = (
                str(row.line),
                row.outcome.value,
                row.source_id,
                row.number or "",
                "; ".join(note.column for note in row.notes if note.column),
                "; ".join(note.code for note in row.notes),
                "；".join(note.text.zh for note in row.notes),
                "; ".join(note.text.en for note in row.notes),
            )
            self._write([_harmless(cell) for cell in cells])


@contextmanager
def csv_report(path: Path) -> Generator[CsvReport]:
    """Open a report; the mark at its beginning makes spreadsheets read it as UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        yield CsvReport(writer.writerow)


def _harmless(cell: str) -> str:
    """What a spreadsheet would compute, blanks in front or not, gets an apostrophe, which makes it text."""
    return f"'{cell}" if cell.lstrip().startswith(_STARTS_A_FORMULA) or cell[:1] in ("\t", "\r") else cell
