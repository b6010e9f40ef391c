"""Every kind of letter is drawn up as DOCX and PDF, with the same bytes wherever and whenever that happens."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from datetime import date

import pytest
from docx import Document

from domain.accountability import events as case_events
from domain.accountability.rules import Measure
from domain.document.rejections import NotDispatched
from domain.document.values import DocumentKind
from services.documents.built_in import FOLDER, LETTERS, template
from services.documents.desk import built_in
from services.documents.fonts import typefaces
from services.documents.letter import Letter, Paragraph, chinese_date, passages, shown
from services.documents.letters import (
    bulletin_letter,
    case_notice_letter,
    decision_letter,
    dispatch_letter,
    review_letter,
)
from services.documents.letters.fields import VALUES, sample
from services.documents.pdf import pdf
from services.documents.word import word
from tests.domain import case_samples as cases
from tests.domain.item_samples import MANUAL_DISPATCH, RULES, given, report
from tests.services.document_samples import BULLETIN_RULES, bulletin, decision, letters

_HASHES = """
import hashlib
from services.documents.desk import built_in
from services.documents.fonts import typefaces
from services.documents.pdf import pdf
from services.documents.word import word
from tests.services.document_samples import letters
for letter in letters().values():
    for made in (word(letter, built_in(letter.kind)), pdf(letter, typefaces(None))):
        print(hashlib.sha256(made).hexdigest())
"""


def said(made: bytes) -> str:
    """All texts of a DOCX, tables included."""
    document = Document(io.BytesIO(made))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def parts(letter: Letter) -> list[str]:
    """Every text that a reader of the letter has to find."""
    tables = [text for table in letter.tables for text in (table.caption, *table.columns, *sum(table.rows, ()))]
    form = [text for entry in letter.form for text in (entry.label, entry.text)]
    body = [part.text for part in (*letter.paragraphs, *letter.closing)]
    signed = list(letter.signatures) or [letter.issuer]
    return [
        letter.mark,
        letter.number,
        letter.title,
        letter.addressee,
        chinese_date(letter.date),
        *body,
        *form,
        *tables,
        *signed,
    ]


@pytest.mark.parametrize("kind", LETTERS)
def test_the_word_file_says_everything_and_keeps_no_statement_of_the_template(kind: DocumentKind):
    letter = letters()[kind]
    text = said(word(letter, built_in(kind)))
    for part in parts(letter):
        assert part in text
    assert not {"{{", "{%", "}}", "%}"} & {text[place : place + 2] for place in range(len(text))}


@pytest.mark.parametrize("kind", LETTERS)
def test_a_builder_gives_exactly_the_fields_that_templates_are_told_of(kind: DocumentKind):
    assert set(letters()[kind].values) == set(VALUES[kind])
    assert letters()[kind].fields().keys() == sample(kind).fields().keys()


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_no_empty_sentence(kind: DocumentKind):
    letter = letters()[kind]
    for text in parts(letter):
        assert not {"None", "{", "}", "。。", "，，", "，。"} & {text, *(text[i : i + 2] for i in range(len(text)))}, (
            text
        )


@pytest.mark.parametrize("kind", LETTERS)
def test_the_templates_that_come_along_are_those_the_script_builds(kind: DocumentKind):
    assert (FOLDER / f"{kind}.docx").read_bytes() == template(kind)


def test_the_same_letters_have_the_same_bytes_in_any_process():
    def hashes(seed: str) -> list[str]:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", _HASHES],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Shanghai" if seed == "1" else "America/Lima"},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.split()

    first = hashes("1")
    assert len(first) == len(set(first)) == 2 * len(LETTERS)
    assert first == hashes("2")


def test_another_letter_has_other_bytes():
    letter = decision()
    other = decision(number="创问决〔2026〕2号")
    assert word(letter, built_in(letter.kind)) != word(other, built_in(letter.kind))
    assert pdf(letter, typefaces(None)) != pdf(other, typefaces(None))


def test_every_entry_of_the_archive_is_dated_alike():
    archive = zipfile.ZipFile(io.BytesIO(word(decision(), built_in(DocumentKind.DECISION))))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.namelist()[0] == "[Content_Types].xml"


def test_a_decision_names_its_policy_its_grounds_who_decided_and_the_right_of_appeal():
    case = cases.accused(*cases.DECIDED)
    opened, decided = case.last(case_events.CaseOpened), case.last(case_events.CaseDecided)
    letter = decision_letter(opened, decided, RULES)
    text = "\n".join(parts(letter))
    assert "创问决〔2026〕1号" in text
    assert decided.policy_version in text
    assert decided.decided_by in text
    assert "诫勉约谈" in text
    assert {"周通报 2026-46", "创督〔2026〕12号"} <= {row[2] for table in letter.tables for row in table.rows}
    assert "提出书面申诉" in text
    assert letter.units == (opened.unit,)


@pytest.mark.parametrize("heard", [True, False])
def test_a_decision_says_whether_the_unit_was_heard_in_whole_sentences(heard: bool):
    for cause in (cases.open_by_rung, cases.open_by_ranking, cases.open_by_hand):
        case = cases.Accusing().when(cause, *cases.DECIDED)
        opened = case.last(case_events.CaseOpened)
        letter = decision_letter(opened, case.last(case_events.CaseDecided), RULES, heard=heard)
        first = letter.paragraphs[0].text
        assert ("提交了陈述申辩" in first, "未作陈述申辩" in first) == (heard, not heard)
        notice = case_notice_letter(opened, cases.START, cases.START, RULES)
        for text in (first, notice.paragraphs[0].text):
            assert not text.startswith("因")
            assert "。。" not in text


def test_nobody_is_told_to_appeal_where_no_fault_was_found():
    case = cases.accused(*cases.FOUND, cases.no_fault)
    letter = decision_letter(case.last(case_events.CaseOpened), case.last(case_events.CaseDecided), RULES)
    text = "\n".join(parts(letter))
    assert "不予问责" in text
    assert "申诉" not in text


@pytest.mark.parametrize(
    ("review", "measure", "words"),
    [
        (cases.uphold, Measure.EDUCATION, "变更为"),
        (cases.acquit, Measure.NO_FAULT, "撤销"),
        (cases.reject, Measure.ADMONITION, "申诉不成立，维持"),
    ],
)
def test_a_review_says_whether_the_appeal_is_upheld_and_what_holds_now(review, measure: Measure, words: str):
    case = cases.accused(*cases.APPEALED, review)
    reviewed = case.last(case_events.DecisionReviewed)
    assert reviewed.measure is measure
    letter = review_letter(case.last(case_events.CaseOpened), case.last(case_events.CaseDecided), reviewed, RULES)
    assert words in "\n".join(parts(letter))


def test_a_corrected_bulletin_says_which_edition_it_replaces_and_why():
    letter = bulletin_letter(bulletin(corrected=True), BULLETIN_RULES)
    assert any("第2版" in part.text and "申诉成立" in part.text for part in letter.paragraphs)
    assert letter.number == "2026年第46期"
    assert letter.units == ()


def test_a_bulletin_names_the_criticisms_it_publishes_and_has_no_empty_table_of_them():
    table = letters()[DocumentKind.BULLETIN].tables[-1]
    assert table.caption == "通报批评"
    assert [(row[0], row[-1]) for row in table.rows] == [("创通〔2026〕1号", "1"), ("创通〔2026〕2号", "2")]
    without = bulletin_letter(bulletin(), BULLETIN_RULES)
    assert "通报批评" not in {each.caption for each in without.tables}


def test_figures_without_cases_are_neither_nought_nor_a_hundred_percent():
    figures = letters()[DocumentKind.BULLETIN].tables[0]
    assert figures.rows[-1][1] == "无案件"
    assert figures.rows[0][1] == "33.33%"


def test_an_item_that_lies_with_nobody_has_no_dispatch_order():
    item = given(report, rules=MANUAL_DISPATCH).state
    with pytest.raises(NotDispatched):
        dispatch_letter(item, RULES)


def test_what_turns_the_reading_direction_or_cannot_stand_in_xml_is_not_shown():
    assert shown("甲\u202e乙\u2066丙\ufffe丁\x0b戊\r\n己\t庚") == "甲乙丙丁戊\n己 庚"
    hostile = "\u202e甲\ufffe & <b>乙</b> \x07"
    letter = Letter.model_validate({**decision().model_dump(), "title": hostile})
    text = said(word(letter, built_in(letter.kind)))
    assert "甲 & <b>乙</b>" in text
    assert (
        hashlib.sha256(pdf(letter, typefaces(None))).digest() == hashlib.sha256(pdf(letter, typefaces(None))).digest()
    )


def test_lines_become_paragraphs_and_dates_are_written_without_noughts():
    assert passages("一\n\n 二 \r\n三") == (Paragraph(text="一"), Paragraph(text="二"), Paragraph(text="三"))
    assert chinese_date(date(2026, 1, 5)) == "2026年1月5日"


def test_a_file_is_named_by_number_and_title_without_what_file_systems_refuse():
    assert decision(number="a/b:c", title='甲"乙?\n丙').file_name == "a b c 甲 乙 丙"
