"""Mapping files: what is wrong with one is said before a single row is read."""

import pytest

from services.importing.opening import open_ledger
from services.marked_yaml import UnusableDocumentError
from tests.services.import_samples import COLUMNS, MAPPING, csv_text, mapping_in, row


def wrong_lines(folder, text: str) -> list[int]:
    with pytest.raises(UnusableDocumentError) as caught:
        mapping_in(folder, text)
    return [problem.line for problem in caught.value.problems]


def line_of(part: str, text: str = MAPPING) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("description: {column: 描述}", "descripton: {column: 描述}"),
        ("reported_at: {column: 上报时间}", "reported_at: {column: 上报时间, zone: utc}"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Atlantis"),
        ("encoding: utf-8-sig", "encoding: hex"),
        ("已移交: {outcome: transferred_out, authority: 省住建厅}", "已移交: {outcome: transferred_out}"),
        ("已办结: {outcome: closed}", "已办结: {outcome: done}"),
        ("source_id: {column: 编号}", "source_id: {column: 编号, value: x}"),
        ("otherwise: complaint", "otherwise: gossip"),
    ],
)
def test_a_wrong_part_is_named_with_its_line(tmp_path, before, after):
    assert wrong_lines(tmp_path, MAPPING.replace(before, after)) == [line_of(before)]


def test_a_mapping_without_a_needed_field_says_which(tmp_path):
    with pytest.raises(UnusableDocumentError) as caught:
        mapping_in(tmp_path, MAPPING.replace("  source_id: {column: 编号}\n", ""))
    (problem,) = caught.value.problems
    assert problem.line == line_of("fields:")
    assert "source_id" in problem.message


def test_columns_the_file_lacks_are_named_with_the_line_of_the_mapping(tmp_path):
    mapping = mapping_in(tmp_path, MAPPING.replace("{column: 地址}", "{column: 地点}").replace("：{标题}", "：{题目}"))
    path = tmp_path / "ledger.csv"
    path.write_text(csv_text([row(1)]), encoding="utf-8")
    with pytest.raises(UnusableDocumentError) as caught:
        open_ledger(path, mapping)
    assert [problem.line for problem in caught.value.problems] == [line_of("title:"), line_of("address:")]


def test_a_column_that_stands_twice_is_not_guessed_at(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(csv_text([row(1)]).replace("描述", "地址", 1), encoding="utf-8")
    with pytest.raises(UnusableDocumentError) as caught:
        open_ledger(path, mapping_in(tmp_path, MAPPING.replace("  description: {column: 描述}\n", "")))
    assert len(caught.value.problems) == 1


def test_column_names_may_be_broken_over_lines_in_the_file(tmp_path):
    path = tmp_path / "ledger.csv"
    columns = [f" {name} " if name == "地址" else name for name in COLUMNS]
    path.write_text(",".join(columns) + "\n", encoding="utf-8")
    ledger = open_ledger(path, mapping_in(tmp_path))
    assert ledger.header == COLUMNS
    assert list(ledger.rows) == []


def test_keys_that_yaml_takes_for_truth_or_numbers_stay_text(tmp_path):
    mapping = mapping_in(tmp_path, MAPPING.replace("{热线: hotline, 巡查: patrol}", "{12345: hotline, NO: patrol}"))
    assert mapping.mapping.fields.channel.values == {"12345": "hotline", "NO": "patrol"}
