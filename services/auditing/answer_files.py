"""Reads the files of an exported answer, whichever they are: lines of JSON, CSV, a workbook, and the proofs beside."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from services.auditing.sources import UnreadableError

_ZIP = b"PK\x03\x04"
PROOFS = "proofs"  # what the first line of proofs says of its content
_MOST_DIGITS = 19  # of a position, which is a bigint
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(slots=True)
class AnswerFile:
    """One file, which may be one of several parts of an answer. ``size`` and ``after`` as far as it says them.

    ``rows``: what stands in it, events or proofs, each a mapping. ``complete``: whether it has its last line, and that
    counts its rows. ``damaged``: the numbers of lines that cannot be read.
    """

    name: str
    proofs: bool
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    size: int | None = None
    after: int | None = None
    checkpoint: str | None = None
    complete: bool = False
    miscounted: bool = False
    damaged: list[int] = field(default_factory=list[int])


def read_answer(path: Path) -> AnswerFile:
    """Read a file by what is in it, not by its name. Raises UnreadableError where it is none of these."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UnreadableError(str(problem)) from problem
    readers: tuple[tuple[bool, Callable[[str, bytes], AnswerFile]], ...] = (
        (content.startswith(_ZIP), _workbook),
        (content.startswith(b"{"), _lines),
        (content.removeprefix(_MARK.encode()).startswith(b"position,"), _table),
    )
    for fits, read in readers:
        if fits:
            return read(path.name, content)
    raise UnreadableError(f"{path}: neither NDJSON nor CSV nor XLSX of an answer, nor its proofs")


def _lines(name: str, content: bytes) -> AnswerFile:
    """Lines of JSON: the first says what it is, the last counts; one that is not ended was cut off, and is left out."""
    whole, _, _ = content.rpartition(b"\n")
    first, *rest = whole.split(b"\n")
    head = _json(first)
    if head is None or type(head.get("log_size")) is not int:
        raise UnreadableError(f"{name}: its first line is not that of an exported answer")
    rows: list[dict[str, Any]] = []
    found = AnswerFile(name, head.get("content") == PROOFS, size=head["log_size"])
    after, checkpoint = head.get("after"), head.get("checkpoint")
    found.after = after if type(after) is int else None
    found.checkpoint = None if checkpoint is None else str(checkpoint)
    for number, line in enumerate(rest, start=2):
        row = _json(line)
        if row is not None and row.get("end") is True:
            found.complete, found.miscounted = True, row.get("events") != len(rows) or number != len(rest) + 1
        elif row is None or type(row.get("position")) is not int:
            found.damaged.append(number)
        else:
            rows.append(row)
    found.rows = rows
    if rows and "content" not in head:
        found.proofs = "proof" in rows[0]
    return found


def _table(name: str, content: bytes) -> AnswerFile:
    """CSV: a line of names, rows, and one that begins with ``end``; a quoted text may have several lines."""
    text = content.decode(errors="replace").removeprefix(_MARK)
    names, *lines = _cells(name, text)
    found = AnswerFile(name, proofs=False)
    cut_off = not text.endswith("\n")
    for number, cells in enumerate(lines, start=2):
        if cells[:1] == ["end"] and len(cells) == len(("end", "events", "size")) and cells[1].isdecimal():
            found.complete, found.miscounted = True, _number(cells[1]) != len(found.rows)
            found.size = _number(cells[2])
        elif cut_off and number == len(lines) + 1:
            continue
        elif len(cells) != len(names) or _number(cells[0]) is None:
            found.damaged.append(number)
        else:
            found.rows.append(_row(dict(zip(names, map(_fused, cells), strict=True))))
    return found


def _cells(name: str, text: str) -> list[list[str]]:
    """The cells of all lines, however long: a letter or a bulletin is one. The limit of the module is everybody's."""
    before = csv.field_size_limit(len(text) + 1)
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as damaged:
        raise UnreadableError(f"{name}: {damaged}") from damaged
    finally:
        csv.field_size_limit(before)


def _workbook(name: str, content: bytes) -> AnswerFile:
    """A workbook: rows on one sheet, what their cells have no room for on another, and what it is on a third."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        about, continued, (names, *lines) = (
            cast(Sequence[Sequence[Any]], book.get_sheet_by_name(sheet).to_python())
            for sheet in ("about", "continued", "events")
        )
    except (CalamineError, LookupError, ValueError, OSError) as damaged:
        raise UnreadableError(f"{name}: {damaged}") from damaged
    facts = {str(row[0]): "".join(str(part) for part in row[1:]) for row in about}
    found = AnswerFile(name, proofs=False, size=_number(facts.get("log_size")), after=_number(facts.get("after")))
    found.checkpoint = None if facts.get("checkpoint") in {None, "null"} else facts["checkpoint"]
    rests: dict[tuple[object, object], str] = {}
    for position, column, _, text in continued[1:]:
        rests[position, column] = rests.get((position, column), "") + str(text)
    for number, cells in enumerate(lines, start=2):
        row = dict(zip(map(str, names), cells, strict=False))
        position = row.get("position")
        if not isinstance(position, int | float):
            found.damaged.append(number)
            continue
        whole = {column: f"{cell}{rests.get((position, column), '')}" for column, cell in row.items()}
        found.rows.append(_row({**whole, "position": int(position), "version": _whole(row.get("version"))}))
    found.complete = facts.get("complete") == "true"
    found.miscounted = facts.get("events") != str(len(found.rows)) or facts.get("continued") != str(
        max(0, len(continued) - 1)
    )
    return found


def _row(cells: dict[str, Any]) -> dict[str, Any]:
    """A row of a table as the lines of JSON have it; nothing in a cell is nothing."""
    row: dict[str, Any] = {name: None if value == "" else value for name, value in cells.items()}
    row["position"], row["version"] = int(row["position"]), _number(str(row.get("version")))
    data = row.get("data")
    if isinstance(data, str):
        row["data"] = _json(data.encode())
    return row


def _fused(cell: str) -> str:
    """A text as it was before it was quoted for spreadsheets; those that began with a quote have another."""
    return cell.removeprefix("'")


def _json(line: bytes) -> dict[str, Any] | None:
    try:
        parsed: Any = orjson.loads(line)
    except ValueError:
        return None
    return cast(dict[str, Any], parsed) if isinstance(parsed, dict) else None


def _whole(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) <= _MOST_DIGITS else None
