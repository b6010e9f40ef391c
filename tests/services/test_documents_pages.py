"""PDFs are laid out by GB/T 9704-2012, take texts as they are, and come about whatever fonts there are."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import typst

from services.documents.fonts import Typefaces, typefaces
from services.documents.letter import Entry, Letter, Paragraph, Table
from services.documents.letters import bulletin_letter
from services.documents.pdf import pdf, sheet
from tests.services.document_samples import BULLETIN_RULES, bulletin, decision

FONTS = typefaces(None)
_SVG = "{http://www.w3.org/2000/svg}"
_SHIFT = re.compile(r"(?:translate\(|matrix\(1 0 0 -?1 )([-0-9.]+)[ ,]+([-0-9.]+)\)")


def pages(letter: Letter, fonts: Typefaces = FONTS) -> list[list[tuple[float, float, int]]]:
    """For each page its lines of signs: from the left, from the top (in points), and how many signs."""
    made: Any = typst.compile(**sheet(letter, fonts), format="svg")
    return [_lines(page) for page in (made if isinstance(made, list) else [made])]


def _lines(page: bytes) -> list[tuple[float, float, int]]:
    return list(_below(ET.fromstring(page), 0, 0))  # noqa: S314 - made a moment ago


def _below(element: ET.Element, left: float, top: float) -> Iterator[tuple[float, float, int]]:
    if shift := _SHIFT.fullmatch(element.get("transform", "")):
        left, top = left + float(shift[1]), top + float(shift[2])
    if signs := len(element.findall(f"{_SVG}use")):
        yield left, top, signs
    for child in element:
        yield from _below(child, left, top)


def plain(*texts: str, **changes: object) -> Letter:
    """A letter of paragraphs alone."""
    paragraphs = tuple(Paragraph(text=text) for text in texts)
    return decision(**{"paragraphs": paragraphs, "form": (), "tables": (), "closing": (), **changes})


def signs(letter: Letter) -> int:
    return sum(count for page in pages(letter) for _, _, count in page)


def test_a_full_page_has_22_lines_of_28_signs_within_the_margins():
    _, full, *_ = pages(plain("国" * 28 * 60))
    body = [line for line in full if line[2] == 28]
    assert len(body) == 22
    assert len(full) == 23  # and the number of the page
    tops = [top for _, top, _ in body]
    assert {round(lower - upper, 2) for upper, lower in pairwise(tops)} == {28.99}
    millimetre = 72 / 25.4
    assert all(left == pytest.approx(28 * millimetre, abs=0.01) for left, _, _ in body)
    assert tops[0] > 37 * millimetre
    assert tops[-1] < (297 - 35) * millimetre
    assert full[-1][1] > (297 - 35 + 7) * millimetre


def test_page_numbers_stand_outside_right_on_odd_and_left_on_even_pages():
    numbers = [page[-1] for page in pages(plain("国" * 28 * 60))]
    assert [left > 300 for left, _, _ in numbers[:3]] == [True, False, True]


@pytest.mark.parametrize(
    "hostile",
    [
        "#let x = 1",
        "*甲* _乙_ `丙` $x^2$",
        "[甲] <标签> @引用 // 注 /* 注 */",
        '#read("/etc/passwd")',
        "#sys.inputs.letter",
        "= 标题",
        "- 项\n+ 项\n/ 词: 义",
        "\\u{1F600} \\ ~ ---",
        '"; #panic()',
    ],
)
def test_texts_are_never_markup(hostile: str):
    letter = plain("前", hostile, "后")
    harmless = plain("前", re.sub(r"[^\s]", "x", hostile), "后")
    assert signs(letter) == signs(harmless)
    assert pdf(letter, FONTS).startswith(b"%PDF-")


def test_texts_are_never_markup_in_any_place_of_a_letter():
    hostile = '#panic("x") *y* $z$'
    entry = Entry(label=hostile, text=hostile)
    table = Table(caption=hostile, columns=(hostile,), widths=(1,), rows=((hostile,),))
    fields = dict.fromkeys(("mark", "issuer", "number", "title", "addressee"), hostile)
    letter = plain(hostile, **fields, form=(entry,), tables=(table,), copies=(hostile,), signatures=(hostile,))
    assert pdf(letter, FONTS).startswith(b"%PDF-")


@pytest.mark.parametrize("letter", ["x" * 5000, "https://example.org/" + "a" * 300, "国" * 20_000, "。" * 200])
def test_no_text_runs_out_of_the_page(letter: str):
    for page in pages(plain(letter)):
        for left, _, count in page:
            assert left >= 28 / 25.4 * 72 - 1
            assert count <= 100
    entry = Entry(label=letter[:400], text=letter[:4000])
    table = Table(columns=("甲", "乙"), widths=(1, 9), rows=((letter[:60], letter[:300]),) * 3)
    assert pdf(plain(form=(entry,), tables=(table,)), FONTS)


def test_signs_that_no_font_has_and_signs_beyond_the_basic_plane_do_no_harm():
    assert pdf(plain("😀 𠮷 龘 \U0010fffd \u0301 عربى ก็ 👨‍👩‍👧"), FONTS).startswith(b"%PDF-")


@pytest.mark.parametrize("units", [0, 1, 500])
def test_a_bulletin_of_none_and_of_five_hundred_units_is_laid_out(units: int):
    letter = bulletin_letter(bulletin(units), BULLETIN_RULES)
    assert len(pages(letter)) >= 1 + units // 30
    assert pdf(letter, FONTS) == pdf(letter, FONTS)


def test_a_letter_with_nothing_in_it_is_laid_out():
    empty = plain(mark="", issuer="", number="", title="", addressee="", copies=())
    assert pdf(empty, FONTS).startswith(b"%PDF-")


def test_no_page_has_a_signature_alone():
    words, issuer = "请你单位遵照执行有关要求。", "创建全国文明城市工作领导小组办公室"
    for lines in range(5, 35):
        letter = plain("甲" * 28, "国" * 28 * lines, issuer=issuer, closing=(Paragraph(text=words),))
        [signed] = [page for page in pages(letter) if any(count == len(issuer) and top < 700 for _, top, count in page)]
        assert any(count == len(words) for _, _, count in signed)


def test_a_missing_font_changes_the_font_and_never_fails():
    bare = typefaces(None, with_system=False, with_wheel=False)
    assert bare.names["body"]
    assert pdf(decision(), bare).startswith(b"%PDF-")
    assert pdf(decision(), bare) == pdf(decision(), bare)


def test_a_folder_that_is_not_there_or_holds_no_fonts_is_passed_over(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    for folder in (tmp_path, tmp_path / "absent"):
        assert pdf(decision(), typefaces(folder)).startswith(b"%PDF-")


def test_the_fonts_that_come_along_have_chinese_signs():
    assert typefaces(None, with_system=False).names["body"][0] == "Noto Serif SC"
    assert typefaces(None, with_system=False).names["hei"][0] == "Noto Sans SC"
