"""A ledger as rows of cells under a header, whatever file it came in."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from services.importing.mapping import FileFormat, tidy

Cell = str | date | datetime
LARGEST_FILE = 512 * 1024 * 1024
_HEADER_WITHIN = 50

Damage = Literal["record_cut_off", "broken_quotes", "wrong_column_count", "nul_character", "bad_encoding"]


class UnreadableLedgerError(ValueError):
    """The file as a whole cannot be read: not the kind of file its beginning promises, too large, or without header.

    The message stands in Chinese and English.
    """


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins in (from 1), its cells in the header's order, and what makes it unusable."""

    line: int
    cells: Sequence[Cell]
    damage: Damage | None = None
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """A file opened at its header. ``rows`` is read once; ``lines`` is how many are at most to come.

    ``truncated``: the file itself ends too early, so that rows are missing which nobody can count.
    """

    sha256: str
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[Row]
    lines: int
    truncated: bool = False


def read_bytes(path: Path) -> bytes:
    """The whole file; raises UnreadableLedgerError where it is too large, OSError where it is not there."""
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableLedgerError(
            f"文件超过 {LARGEST_FILE} 字节，请拆分 / larger than {LARGEST_FILE} bytes: split it"
        )
    return path.read_bytes()


def digest(content: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(content).hexdigest()


def find_header(rows: Sequence[Row], form: FileFormat, columns: set[str]) -> Row:
    """The row that names the columns: the one the mapping says, else the first with most of the mapped ones.

    Raises UnreadableLedgerError where there is none. What it lacks is for the mapping to complain about.
    """
    if form.header_row is not None:
        chosen = next((row for row in rows if row.line == form.header_row), None)
        if chosen is None:
            raise UnreadableLedgerError(
                f"没有第 {form.header_row} 行可作表头 / there is no line {form.header_row} to be the header"
            )
        return chosen
    candidates = [row for row in rows[:_HEADER_WITHIN] if any(str(cell).strip() for cell in row.cells)]
    if not candidates:
        raise UnreadableLedgerError("文件为空 / the file is empty")
    return max(candidates, key=lambda row: len({tidy(str(cell)) for cell in row.cells} & columns))


def checked(row: Row, header: Sequence[str]) -> Row:
    """The row with its cells trimmed to the header, or with the damage that rules it out."""
    if row.damage is not None:
        return row
    cells = list(row.cells)
    while len(cells) > len(header) and cells[-1] == "":
        cells.pop()
    if len(cells) != len(header):
        facts = (("expected", len(header)), ("found", len(cells)))
        return Row(row.line, cells, "wrong_column_count", facts)
    for column, cell in zip(header, cells, strict=True):
        if not isinstance(cell, str) or cell.isprintable():
            continue
        if "\x00" in cell:
            return Row(row.line, cells, "nul_character", (("column", column),))
        if any("\ud800" <= character <= "\udfff" for character in cell):
            return Row(row.line, cells, "bad_encoding", (("column", column),))
    return Row(row.line, cells)
