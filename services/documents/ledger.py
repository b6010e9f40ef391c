"""The ledger 整改台账: a workbook with a line for each item that a filter finds, written as the lines come in."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from services.documents.archive import settled
from services.documents.cells import pieces
from services.documents.letter import shown
from services.documents.letters.wording import Reader, say, word, wording
from services.messages.catalogue import word as word_of
from services.store.records import StoredState

_WIDTHS = (16, 40, 14, 20, 24, 12, 10, 20, 20, 10, 12)
_HEAD = 3
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's own dates have no time zone


def ledger(pages: Iterable[Sequence[StoredState]], count: int, reader: Reader, as_of: datetime) -> bytes:
    """The workbook, of pages of items as lists read them. Computes: call it in a thread; a page at a time is in memory.

    Texts stay texts, whatever they begin with: no formulas, no links.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.xlsx"
        workbook: Any = Workbook(
            str(file),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": folder,
            },
        )
        workbook.set_properties({"title": say("ledger", "title"), "author": reader.office(), "created": _CREATED})
        try:
            _write(workbook, pages, count, reader, as_of)
        finally:
            workbook.close()  # or its own files would stay open where a page could not be read
        return settled(file.read_bytes())


def _write(workbook: Any, pages: Iterable[Sequence[StoredState]], count: int, reader: Reader, as_of: datetime) -> None:
    sheet = workbook.add_worksheet(say("ledger", "sheet"))
    title = workbook.add_format(
        {"font_name": "方正小标宋简体", "font_size": 18, "align": "center", "valign": "vcenter"}
    )
    head = workbook.add_format(
        {
            "font_name": "黑体",
            "font_size": 11,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
            "bg_color": "#F2F2F2",
        }
    )
    body = workbook.add_format(
        {"font_name": "仿宋_GB2312", "font_size": 11, "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    late = workbook.add_format(
        {
            "font_name": "仿宋_GB2312",
            "font_size": 11,
            "border": 1,
            "text_wrap": True,
            "valign": "vcenter",
            "font_color": "#C00000",
        }
    )
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD - 1)
    sheet.freeze_panes(_HEAD, 1)
    sheet.set_footer("&C— &P —")
    names = list(wording()["ledger"]["columns"].values())
    sheet.merge_range(0, 0, 0, len(names) - 1, say("ledger", "title"), title)
    sheet.set_row(0, 32)
    sheet.write_string(1, 0, say("ledger", "as_of", count=count, as_of=reader.instant(as_of)))
    for column, name in enumerate(names):
        sheet.write_string(_HEAD - 1, column, name, head)
    row = _HEAD
    for page in pages:
        for stored in page:
            cells, is_late = _cells(stored, reader, as_of)
            parts = [list(pieces(shown(cell))) for cell in cells]
            for below in range(max(map(len, parts))):  # what a cell has no room for goes on below it
                for column, part in enumerate(parts):
                    sheet.write_string(row, column, part[below] if below < len(part) else "", late if is_late else body)
                row += 1
    sheet.autofilter(_HEAD - 1, 0, max(row - 1, _HEAD - 1), len(names) - 1)


def _cells(stored: StoredState, reader: Reader, as_of: datetime) -> tuple[list[str], bool]:
    line: Any = stored.row
    is_late = line.open is True and line.due_at is not None and line.due_at < as_of
    cells = [
        line.number or "",
        line.title or "",
        reader.category(line.category),
        reader.area(line.area),
        reader.unit(line.unit),
        word("channel", line.channel),
        word_of("status", str(line.status), "zh"),
        reader.instant(line.reported_at),
        reader.instant(line.due_at) if line.due_at else "",
        say("ledger", "late" if is_late else "in_time"),
        word("rung", line.highest_rung) if line.highest_rung else "",
    ]
    return cells, is_late
