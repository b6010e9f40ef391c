"""Writes the events of a question out as a workbook, whose texts are whole however little a cell holds."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import Any

import orjson
import xlsxwriter
from starlette.concurrency import run_in_threadpool

from services.documents.cells import pieces
from services.gateway.audit_exports import COLUMNS, Export, row_of
from services.gateway.audit_views import AuditEvent

MOST_ROWS = 1_000_000  # a sheet has 1,048,576
CONTINUED = ("position", "column", "part", "text")
_IN_MEMORY = 8 << 20
_AT_ONCE = 1 << 16
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}


class _Sheets:
    """The sheet of events, and that of the parts for which their cells have no room."""

    def __init__(self, book: Any) -> None:
        self._events = book.add_worksheet("events")
        self._continued = book.add_worksheet("continued")
        self._events.write_row(0, 0, COLUMNS)
        self._continued.write_row(0, 0, CONTINUED)
        self.events = self.parts = 0
        self.last: int | None = None

    def add_all(self, events: Sequence[AuditEvent]) -> bool:
        """Write events one by one; False where a sheet has no room for the next."""
        return all(self._add(event) for event in events)

    def _add(self, event: AuditEvent) -> bool:
        cells = [list(pieces(value)) if isinstance(value, str) else value for value in row_of(event)]
        parts = sum(len(cell) - 1 for cell in cells if isinstance(cell, list))
        if self.events == MOST_ROWS or self.parts + parts > MOST_ROWS:
            return False
        self.events, self.last = self.events + 1, event.position
        for column, cell in enumerate(cells):
            if isinstance(cell, list):
                self._events.write_string(self.events, column, cell[0])
                for number, part in enumerate(cell[1:], start=2):
                    self._continue(event, COLUMNS[column], number, part)
            elif cell is not None:
                self._events.write_number(self.events, column, cell)
        return True

    def _continue(self, event: AuditEvent, column: str, number: int, part: str) -> None:
        self.parts += 1
        self._continued.write_number(self.parts, 0, event.position)
        self._continued.write_string(self.parts, 1, column)
        self._continued.write_number(self.parts, 2, number)
        self._continued.write_string(self.parts, 3, part)


async def workbook(export: Export) -> AsyncGenerator[bytes]:
    """A sheet of events, one with the rest of long texts, and one that says what it is.

    Written to a file first, for a workbook ends with its index. In a thread, so that others are answered meanwhile; it
    is waited for when whoever asked goes away, since it writes to files that go with the workbook.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file, _begun(file) as book:
        sheets, complete = _Sheets(book), True
        async for page in export.pages():
            complete = await run_in_threadpool(sheets.add_all, await export.shown(page))
            if not complete:
                break
        facts = {
            **export.head,
            "events": sheets.events,
            "complete": complete,
            "last_position": sheets.last,
            "continued": sheets.parts,
        }
        _about(book, facts)
        await run_in_threadpool(book.close)  # seconds, for as many rows as a sheet has
        file.seek(0)
        while chunk := file.read(_AT_ONCE):
            yield chunk


@contextmanager
def _begun(file: Any) -> Generator[Any]:
    """A workbook whose rows, kept in files until it is closed, go with it when whoever asked goes away before."""
    with TemporaryDirectory(prefix="duban-") as folder:
        book: Any = xlsxwriter.Workbook(file, {**_OPTIONS, "tmpdir": folder})
        try:
            yield book
        finally:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


def _about(book: Any, facts: dict[str, Any]) -> None:
    """A fact to a line; one that is long goes on in the columns beside."""
    about = book.add_worksheet("about")
    for line, (name, value) in enumerate(facts.items()):
        about.write_string(line, 0, name)
        for column, part in enumerate(pieces(value if isinstance(value, str) else orjson.dumps(value).decode()), 1):
            about.write_string(line, column, part)
