"""Reads workbooks (XLSX, XLS, ODS): merged cells filled, whole numbers without their point, dates as dates."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from services.importing.ledger import Cell, Ledger, Row, UnreadableLedgerError, checked, digest, find_header
from services.importing.mapping import FileFormat, tidy

ZIP = b"PK\x03\x04"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0"


def open_workbook(content: bytes, form: FileFormat, columns: set[str]) -> Ledger:
    """Open a sheet at its header; raises UnreadableLedgerError."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = book.sheet_names
            if form.sheet is not None and form.sheet not in names:
                raise UnreadableLedgerError(
                    f"没有工作表 {form.sheet!r} / there is no sheet {form.sheet!r}; there are {', '.join(names)}"
                )
            if not names:
                raise UnreadableLedgerError("没有工作表 / a workbook without sheets")
            grid = _filled(book.get_sheet_by_name(form.sheet or names[0]))
    except (CalamineError, ValueError, OSError) as error:
        if isinstance(error, UnreadableLedgerError):
            raise
        raise UnreadableLedgerError(
            "无法读取的工作簿，或有密码 / not a workbook that can be read, or one with a password"
        ) from error
    header = find_header([Row(index, cells) for index, cells in enumerate(grid, start=1)], form, columns)
    named = tuple(tidy(str(cell)) for cell in header.cells)
    width = max((place for place, name in enumerate(named, start=1) if name), default=0)
    return Ledger(
        sha256=digest(content),
        header=named[:width],
        header_line=header.line,
        rows=_rows(grid, header.line, named[:width]),
        lines=len(grid) - header.line,
    )


def _rows(grid: Sequence[Sequence[Cell]], start: int, header: Sequence[str]) -> Iterator[Row]:
    for index, cells in enumerate(grid[start:], start=start + 1):
        if any(cell != "" for cell in cells):
            yield checked(Row(index, cells), header)


def _filled(sheet: CalamineSheet) -> list[list[Cell]]:
    """The sheet from its first cell on; a merged cell's value stands in each of the cells it covers."""
    grid = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(grid) or left >= len(grid[top]):
            continue
        for row in grid[top : bottom + 1]:
            row[left : right + 1] = [grid[top][left]] * len(row[left : right + 1])
    return grid


def _cell(value: object) -> Cell:
    if isinstance(value, (str, datetime, date)):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
