"""The ledger lists every item that a filter finds, its texts stay texts, and the same items give the same bytes."""

import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from services.documents.cells import LONGEST_CELL, pieces
from services.documents.ledger import ledger
from services.documents.letters.wording import Reader
from services.store.records import ListRow, StoredState
from tests.domain.clocks import november
from tests.domain.item_samples import RULES

AS_OF = november(18, 9)
HOSTILE = (
    '=HYPERLINK("http://10.0.0.1")',
    "+1+1",
    "@SUM(A1)",
    "-2",
    "https://example.org",
    "0012",
    "一\n二",
    "\ufffe\x07甲",
)


def line(number: int, title: str = "垃圾满溢", *, late: bool = False) -> StoredState:
    row = ListRow(
        number=f"2026-{number:07d}",
        title=title,
        status="rectifying",
        open=True,
        category="stalls",
        area="east-1",
        unit="city-management",
        channel="hotline",
        reported_at=november(16, 9),
        due_at=AS_OF - timedelta(hours=1) if late else AS_OF + timedelta(hours=1),
        highest_rung="supervise" if late else None,
    )
    return StoredState(
        stream_id=UUID(int=number), kind="item", version=1, state=b"{}", updated_at=november(16, 9), row=row
    )


def rows(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def drawn(*pages: list[StoredState]) -> bytes:
    return ledger(iter(pages), sum(map(len, pages)), Reader(RULES), AS_OF)


def test_every_item_of_every_page_has_its_line():
    content = drawn([line(1), line(2, late=True)], [line(3)])
    title, said, head, *body = rows(content)
    assert title[0] == "整改台账"
    assert said[0] == "共 3 项，截至 2026年11月18日9时00分"
    assert head[:3] == ["编号", "事项", "类别"]
    assert [each[0] for each in body] == ["2026-0000001", "2026-0000002", "2026-0000003"]
    assert body[0][2:7] == ["流动摊点", "东街一网格", "城管局", "热线", "整改中"]
    assert [each[9:] for each in body] == [["否", ""], ["是", "督办"], ["否", ""]]


def test_texts_stay_texts_whatever_they_begin_with():
    content = drawn([line(number, title) for number, title in enumerate(HOSTILE)])
    assert [each[1] for each in rows(content)[3:]] == [*HOSTILE[:-1], "甲"]
    archive = zipfile.ZipFile(io.BytesIO(content))
    sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    assert not any("externalLink" in name or name.endswith("sheet1.xml.rels") for name in archive.namelist())


def test_the_same_items_give_the_same_bytes():
    page = [line(number) for number in range(50)]
    assert drawn(page) == drawn(page)
    assert drawn(page) != drawn(page[1:])
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(drawn(page))).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_ledger_of_nothing_has_its_head():
    assert len(rows(drawn())) == 3


def test_a_text_longer_than_a_cell_takes_goes_on_below_and_nothing_is_lost():
    long = "国𠮷" * 40_000  # two of the second would be cut in half by a limit in units of UTF-16
    first, *more, last = rows(drawn([line(1, long), line(2)]))[3:]
    assert "".join(str(each[1]) for each in (first, *more)) == long
    assert [each[0] for each in (first, *more, last)] == ["2026-0000001", *[""] * len(more), "2026-0000002"]
    assert len(more) == 3


@pytest.mark.parametrize("letters", ["a", "国", "𠮷", "a𠮷"])
@pytest.mark.parametrize("length", [0, 1, 16_383, 16_384, 32_766, 32_767, 32_768, 100_000])
def test_pieces_are_no_longer_than_a_cell_and_together_the_text(letters, length):
    text = (letters * length)[:length]
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert parts
    assert all(len(part.encode("utf-16-le")) <= 2 * LONGEST_CELL for part in parts)
