"""Builds the templates that come with the product, laid out like official letters; run it after changing them.

`python -m services.documents.built_in` writes services/documents/templates. A test holds the files to this script.
"""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement  # pyright: ignore[reportUnknownVariableType] - not all of it is typed
from docx.shared import Mm, Pt, RGBColor

from domain.document.values import DocumentKind
from services.documents.archive import settled

FOLDER = Path(__file__).parent / "templates"
# A ledger is a workbook; all others are letters.
LETTERS = tuple(kind for kind in DocumentKind if kind is not DocumentKind.LEDGER)

_RED = RGBColor(0xD7, 0x00, 0x0F)
_BODY, _TITLE, _HEADING, _SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "宋体"
_BODY_SIZE, _TABLE_SIZE, _SMALL_SIZE = Pt(16), Pt(12), Pt(14)
# 22 lines of 28.95 pt in 225 mm, and 28 signs of 15.75 pt in 156 mm, both in twentieths of a point. The signs are set
# closer one by one, because programs read Word's grid of signs in different ways.
_PITCH, _CLOSER = 579, -5
# The red head by the number of its signs: the largest size at which it stands on one line.
_MARKS = ((9, 44), (13, 32), (20, 21))
# Forms above all: they begin further up.
_SLIPS = {DocumentKind.SUPERVISION_ORDER, DocumentKind.INTERVIEW_RECORD, DocumentKind.DISPATCH_ORDER}
_FORMS = {
    DocumentKind.SUPERVISION_ORDER,
    DocumentKind.INTERVIEW_RECORD,
    DocumentKind.DISPATCH_ORDER,
    DocumentKind.DECISION,
    DocumentKind.REVIEW_DECISION,
}
_TABLES = {DocumentKind.DECISION, DocumentKind.REVIEW_DECISION, DocumentKind.BULLETIN}


def template(kind: DocumentKind) -> bytes:
    """The built-in template of a kind of letter."""
    document = Document()
    _page(document)
    _head(document, slip=kind in _SLIPS)
    _paragraphs(document, "paragraphs")
    if kind in _FORMS:
        _form(document)
    if kind in _TABLES:
        _tables(document)
    _paragraphs(document, "closing")
    _signature(document, signed_by_hand=kind is DocumentKind.INTERVIEW_RECORD, slip=kind in _SLIPS)
    if kind not in _SLIPS:
        _imprint(document)
    _properties(document, kind)
    made = io.BytesIO()
    document.save(made)
    return settled(made.getvalue())


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(24)
    for old in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001 - python-docx has no grid
        section._sectPr.remove(old)  # noqa: SLF001
    grid = {"type": "lines", "linePitch": str(_PITCH)}
    section._sectPr.append(_element("w:docGrid", grid))  # noqa: SLF001
    style = document.styles["Normal"]
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = Pt(28.95)
    style.font.size = _BODY_SIZE
    properties = style.element.get_or_add_rPr()
    _font(properties, _BODY)
    properties.insert_element_before(_element("w:spacing", {"val": str(_CLOSER)}), "w:sz", "w:szCs", "w:lang")
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        paragraph.paragraph_format.right_indent = paragraph.paragraph_format.left_indent = _SMALL_SIZE
        _run(paragraph, "— ", _SONG, _SMALL_SIZE)
        _page_number(paragraph)
        _run(paragraph, " —", _SONG, _SMALL_SIZE)


def _head(document: Any, *, slip: bool) -> None:
    longer = False
    for most, size in _MARKS:
        last = most == _MARKS[-1][0]
        _tag(document, "{%p else %}" if last else f"{{%p {'elif' if longer else 'if'} mark|length <= {most} %}}")
        mark = _line(document, "{{ mark }}", centred=True, font=_TITLE, size=Pt(size), color=_RED)
        mark.paragraph_format.space_before = Mm(3) if slip else Mm(25)
        mark.paragraph_format.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
        longer = True
    _tag(document, "{%p endif %}")
    number = _line(document, "{{ number }}", centred=True)
    number.paragraph_format.space_before = Pt(6) if slip else Pt(28.95)
    border = {"val": "single", "sz": "12", "space": "8", "color": "D7000F"}
    _borders(number, bottom=border)
    title = _line(document, "{{ title }}", centred=True, font=_TITLE, size=Pt(22))
    title.paragraph_format.space_before = Pt(18) if slip else Pt(40)
    title.paragraph_format.space_after = Pt(8) if slip else Pt(20)
    title.paragraph_format.line_spacing = Pt(33)
    _tag(document, "{%p if addressee %}")
    _line(document, "{{ addressee }}：")
    _tag(document, "{%p endif %}")


def _paragraphs(document: Any, name: str) -> None:
    _tag(document, f"{{%p for paragraph in {name} %}}")
    _tag(document, "{%p if paragraph.heading %}")
    heading = _indented(_line(document, "{{ paragraph.text }}", font=_HEADING))
    heading.paragraph_format.keep_with_next = True
    _tag(document, "{%p else %}")
    _indented(_line(document, "{{ paragraph.text }}"))
    _tag(document, "{%p endif %}")
    _tag(document, "{%p endfor %}")


def _form(document: Any) -> None:
    table = _grid(document, 3, (Mm(40), Mm(116)))
    _write(table.cell(0, 0), "{%tr for entry in form %}")
    _write(table.cell(1, 0), "{{ entry.label }}", font=_HEADING)
    _write(table.cell(1, 1), "{{ entry.text }}", centred=False)
    _write(table.cell(2, 0), "{%tr endfor %}")


def _tables(document: Any) -> None:
    _tag(document, "{%p for table in tables %}")
    caption = _line(document, "{{ table.caption }}", centred=True, font=_HEADING, size=_SMALL_SIZE)
    caption.paragraph_format.keep_with_next = True
    table = _grid(document, 4, (Mm(50), Mm(56), Mm(50)))
    for row, (each, font) in enumerate((("table.columns", _HEADING), (None, _BODY), ("row", _BODY), (None, _BODY))):
        if each is None:
            continue
        _write(table.cell(row, 0), f"{{%tc for cell in {each} %}}")
        _write(table.cell(row, 1), "{{ cell }}", font=font)
        _write(table.cell(row, 2), "{%tc endfor %}")
    _write(table.cell(1, 0), "{%tr for row in table.rows %}")
    _write(table.cell(3, 0), "{%tr endfor %}")
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", {}))  # noqa: SLF001 - repeated on each page
    _tag(document, "{%p endfor %}")


def _signature(document: Any, *, signed_by_hand: bool, slip: bool) -> None:
    if signed_by_hand:
        _tag(document, "{%p for signature in signatures %}")
        signature = _indented(_line(document, "{{ signature }}"))
        signature.paragraph_format.space_before = Pt(6)
        signature.paragraph_format.keep_with_next = True
        _tag(document, "{%p endfor %}")
    else:
        issuer = _line(document, "{{ issuer }}")
        issuer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        issuer.paragraph_format.right_indent = 2 * _BODY_SIZE
        issuer.paragraph_format.space_before = Pt(8) if slip else Pt(28.95)
        issuer.paragraph_format.keep_with_next = True
    day = _line(document, "{{ date }}")
    day.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    day.paragraph_format.right_indent = 4 * _BODY_SIZE


def _imprint(document: Any) -> None:
    thick, thin = ({"val": "single", "sz": size, "space": "1", "color": "000000"} for size in ("8", "6"))
    _tag(document, "{%p if copies %}")
    copies = _line(document, "抄送：{{ copies }}。", size=_SMALL_SIZE)
    _borders(copies, top=thick, bottom=thin)
    copies.paragraph_format.space_before = Pt(28.95)
    copies.paragraph_format.keep_with_next = True
    _borders(_printed(document), bottom=thick)
    _tag(document, "{%p else %}")
    printed = _printed(document)
    _borders(printed, top=thick, bottom=thick)
    printed.paragraph_format.space_before = Pt(28.95)
    _tag(document, "{%p endif %}")


def _printed(document: Any) -> Any:
    printed = _line(document, "{{ issuer }}\t{{ date }}印发", size=_SMALL_SIZE)
    printed.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=WD_TAB_ALIGNMENT.RIGHT)
    return printed


def _properties(document: Any, kind: DocumentKind) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "{{ title }}", "{{ issuer }}", kind.value
    properties.created = properties.modified = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    properties.last_modified_by = ""
    properties.language = "zh-CN"


def _line(
    document: Any, text: str, *, centred: bool = False, font: str = _BODY, size: Any = _BODY_SIZE, color: Any = None
) -> Any:
    paragraph = document.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, font, size, color)
    return paragraph


def _indented(paragraph: Any) -> Any:
    # In signs and not in points, as Word counts on the grid.
    paragraph._p.get_or_add_pPr().append(_element("w:ind", {"firstLineChars": "200", "firstLine": "640"}))  # noqa: SLF001
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    return paragraph


def _tag(document: Any, text: str) -> None:
    document.add_paragraph(text)


def _grid(document: Any, rows: int, widths: tuple[Any, ...]) -> Any:
    table = document.add_table(rows, len(widths), style="Table Grid")
    table.autofit = len(widths) > 2  # noqa: PLR2004 - a form has two columns of fixed width
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    return table


def _write(cell: Any, text: str, *, font: str = _BODY, centred: bool = True) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = Pt(19)
    # Or rows would be as high as the lines of the page.
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(_element("w:snapToGrid", {"val": "0"}), "w:spacing", "w:ind", "w:jc", "w:rPr")
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, font, _TABLE_SIZE)


def _run(paragraph: Any, text: str, font: str, size: Any, color: Any = None) -> None:
    run = paragraph.add_run(text)
    run.font.size = size
    if color is not None:
        run.font.color.rgb = color
    _font(run._r.get_or_add_rPr(), font)  # noqa: SLF001 - python-docx knows Latin fonts only


def _font(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for use in list(fonts.attrib):
        del fonts.attrib[use]
    for use in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{use}"), font)


def _page_number(paragraph: Any) -> None:
    for content in (
        _element("w:fldChar", {"fldCharType": "begin"}),
        _element("w:instrText", {}, " PAGE "),
        _element("w:fldChar", {"fldCharType": "end"}),
    ):
        run = paragraph.add_run()
        run.font.size = _SMALL_SIZE
        _font(run._r.get_or_add_rPr(), _SONG)  # noqa: SLF001
        run._r.append(content)  # noqa: SLF001


def _borders(paragraph: Any, **sides: dict[str, str]) -> None:
    borders = _element("w:pBdr", {})
    for side, border in sides.items():
        borders.append(_element(f"w:{side}", border))
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _element(name: str, attributes: dict[str, str], text: str = "") -> Any:
    element = cast("Any", OxmlElement(name))
    for attribute, value in attributes.items():
        element.set(qn(f"w:{attribute}"), value)
    if text:
        element.text = text
    return element


if __name__ == "__main__":
    for each in LETTERS:
        (FOLDER / f"{each.value}.docx").write_bytes(template(each))
