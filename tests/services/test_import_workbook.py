"""Workbooks: merged cells, headers below titles, dates and numbers as spreadsheets keep them."""

import io
from datetime import datetime

import pytest
import xlsxwriter

from services.importing.ledger import UnreadableLedgerError
from services.importing.mapping import FileFormat
from services.importing.workbook_ledger import open_workbook

SEEN = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
COLUMNS = {"编号", "单位", "上报时间"}


def workbook(fill, sheets=("台账",)) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name in sheets:
        fill(book, book.add_worksheet(name))
    book.close()
    return out.getvalue()


def ledger_sheet(book, sheet) -> None:
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.merge_range("A1:C1", "整改台账")
    sheet.write_row("A3", ["编号", "单位", "上报\n时间"])
    sheet.write_number("A4", 101)
    sheet.merge_range("B4:B6", "路灯处")
    sheet.write_datetime("C4", SEEN, date)
    sheet.write_number("A5", 102.5)
    sheet.write_string("C5", "2026-03-03")
    sheet.write_number("A6", 103)
    sheet.write_string("C6", "2026-03-04")
    sheet.write_string("A8", "合计")


def test_a_ledger_below_a_title_comes_with_its_merged_cells_filled():
    ledger = open_workbook(workbook(ledger_sheet), FileFormat(), COLUMNS | {"上报 时间"})
    rows = list(ledger.rows)
    assert ledger.header_line == 3
    assert ledger.header == ("编号", "单位", "上报 时间")
    assert [row.line for row in rows] == [4, 5, 6, 8]
    assert rows[0].cells == ["101", "路灯处", SEEN]
    assert [row.cells[1] for row in rows[:3]] == ["路灯处"] * 3
    assert rows[1].cells[0] == "102.5"
    assert rows[3].cells == ["合计", "", ""]


def test_the_sheet_is_the_one_the_mapping_names():
    def fill(book, sheet) -> None:
        sheet.write_row("A1", ["编号", "单位", "上报时间"])
        sheet.write_row("A2", [sheet.get_name(), "路灯处", "2026-03-03"])

    content = workbook(fill, ("一月", "二月"))
    assert next(open_workbook(content, FileFormat(sheet="二月"), COLUMNS).rows).cells[0] == "二月"
    assert next(open_workbook(content, FileFormat(), COLUMNS).rows).cells[0] == "一月"
    with pytest.raises(UnreadableLedgerError):
        open_workbook(content, FileFormat(sheet="三月"), COLUMNS)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and nothing else", b"\xd0\xcf\x11\xe0" + b"\x00" * 600])
def test_what_only_begins_like_a_workbook_is_unreadable(content):
    with pytest.raises(UnreadableLedgerError):
        open_workbook(content, FileFormat(), COLUMNS)


def test_an_empty_sheet_is_no_ledger():
    with pytest.raises(UnreadableLedgerError):
        open_workbook(workbook(lambda _book, _sheet: None), FileFormat(), COLUMNS)
