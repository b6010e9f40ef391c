"""Rows and their doubts: what is settled with a remark, and what keeps a row out."""

from datetime import UTC, datetime

import pytest

from services.importing.conversion import Conversion, Record
from services.importing.ledger import Row
from services.importing.values import RefusedError
from tests.services.import_samples import AT, COLUMNS, MAPPING, mapping_in, row


@pytest.fixture
def convert(tmp_path):
    def converted(text: str = MAPPING, **changes: object) -> Record:
        conversion = Conversion(mapping_in(tmp_path, text).mapping, COLUMNS, AT)
        return conversion.record(Row(2, tuple((row(1) | changes)[name] for name in COLUMNS)))

    return converted


def notes(record: Record) -> list[tuple[str, str]]:
    return [(note.code, note.column) for note in record.notes]


def test_a_good_row_becomes_a_record_without_remarks(convert):
    record = convert()
    assert notes(record) == []
    assert record.remark is None
    assert record.issue.title == "路灯：路灯不亮"
    assert (record.issue.area, record.issue.category, record.issue.channel) == ("east", "lamp", "hotline")
    assert record.reported_at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert record.ended_at == datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
    assert record.rectify_by == datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)
    assert record.issue.location is not None
    assert str(record.issue.location.latitude) == "30.5928"


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"办结时间": "2026-03-01"}, ("closed_before_reported", "办结时间")),
        ({"办结时间": ""}, ("closing_date_unknown", "办结时间")),
        ({"状态": "整改中"}, ("closing_date_ignored", "办结时间")),
        ({"整改期限": "2026-02-01"}, ("due_before_reported", "整改期限")),
        ({"整改期限": "2046-02-01"}, ("due_too_late", "整改期限")),
        ({"整改期限": "尽快"}, ("due_date_unreadable", "整改期限")),
        ({"区域": "  "}, ("default_used", "区域")),
        ({"来源": "微信"}, ("otherwise_used", "来源")),
        ({"标题": "长" * 300}, ("text_shortened", "类别, 标题")),
        ({"描述": "长" * 5000}, ("text_shortened", "描述")),
        ({"地址": "长" * 600}, ("text_shortened", "地址")),
        ({"标题": "\x1b[31m红"}, ("controls_removed", "类别, 标题")),
        ({"描述": "一\x07二"}, ("controls_removed", "描述")),
        ({"地址": "东\x9b街"}, ("controls_removed", "地址")),
        ({"来源": "\x1b[2J"}, ("otherwise_used", "来源")),
        ({"纬度": "三十度"}, ("location_ignored", "纬度, 经度")),
        ({"纬度": "91"}, ("location_ignored", "纬度, 经度")),
        ({"经度": ""}, ("location_ignored", "纬度, 经度")),
        ({"经度": "NaN"}, ("location_ignored", "纬度, 经度")),
    ],
)
def test_a_doubt_that_can_be_settled_is_remarked_and_kept(convert, changes, remark):
    record = convert(**changes)
    assert notes(record) == [remark]
    assert record.remark is not None
    assert record.notes[0].text.zh in record.remark


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"编号": ""}, ("value_missing", "编号")),
        ({"编号": "9" * 201}, ("value_not_possible", "编号")),
        ({"上报时间": ""}, ("value_missing", "上报时间")),
        ({"上报时间": "去年"}, ("unreadable_date", "上报时间")),
        ({"上报时间": "2026-02-30"}, ("unreadable_date", "上报时间")),
        ({"上报时间": "0001-01-01"}, ("unreadable_date", "上报时间")),
        ({"上报时间": "1949-12-31"}, ("too_long_ago", "上报时间")),
        ({"办结时间": "不详"}, ("unreadable_date", "办结时间")),
        ({"办结时间": "2027-01-01"}, ("closed_in_future", "办结时间")),
        ({"类别": "噪声"}, ("value_not_listed", "类别")),
        ({"类别": ""}, ("value_missing", "类别")),
        ({"区域": "南街"}, ("value_not_listed", "区域")),
        ({"单位": ""}, ("value_missing", "单位")),
        ({"编号": "A\x1b"}, ("value_not_possible", "编号")),
        ({"来源": ""}, ("value_missing", "来源")),
        ({"状态": ""}, ("value_missing", "状态")),
        ({"状态": "研究中"}, ("value_not_listed", "状态")),
    ],
)
def test_a_doubt_that_cannot_be_settled_refuses_the_row(convert, changes, reason):
    with pytest.raises(RefusedError) as caught:
        convert(**changes)
    assert (caught.value.note.code, caught.value.note.column) == reason
    assert "{" not in caught.value.note.text.zh + caught.value.note.text.en


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026/3/2 9:30", 1),
        ("2026年3月2日 09:30", 1),
        ("2026-03-02T09:30:00+00:00", 9),
        ("2026.03.02", -8),
        (datetime(2026, 3, 2, 9, 30), 1),  # noqa: DTZ001 - as a spreadsheet gives it
        (datetime(2026, 3, 2).date(), -8),  # noqa: DTZ001
    ],
)
def test_the_usual_ways_of_writing_a_date_are_read_in_the_ledgers_zone(convert, written, hour):
    reported = convert(上报时间=written).reported_at
    assert (reported - datetime(2026, 3, 2, tzinfo=UTC)).total_seconds() // 3600 == hour


def test_an_hour_that_happens_twice_is_remarked(convert):
    text = MAPPING.replace("Asia/Shanghai", "America/Los_Angeles")
    record = convert(text, 上报时间="2025-11-02 01:30", 办结时间="2025-11-05", 整改期限="")
    assert notes(record) == [("local_time_unclear", "上报时间")]
    assert record.reported_at == datetime(2025, 11, 2, 8, 30, tzinfo=UTC)


def test_a_stated_format_is_the_only_one(convert):
    text = MAPPING.replace("reported_at: {column: 上报时间}", 'reported_at: {column: 上报时间, format: "%d.%m.%Y"}')
    assert convert(text, 上报时间="02.03.2026").reported_at == datetime(2026, 3, 1, 16, tzinfo=UTC)
    with pytest.raises(RefusedError):
        convert(text, 上报时间="2026-03-02")


def test_a_title_of_several_lines_becomes_one_and_a_description_keeps_them(convert):
    record = convert(标题="路灯\n不亮\t了", 地址="东街\r\n12 号", 描述="一\n二")
    assert (record.issue.title, record.issue.description) == ("路灯：路灯 不亮 了", "一\n二")
    assert record.issue.location is not None
    assert record.issue.location.address == "东街 12 号"
    assert notes(record) == []


def test_what_nobody_can_see_is_as_good_as_blank(convert):
    text = MAPPING.replace('{template: "{类别}：{标题}"}', "{column: 标题}")
    assert convert(描述="\u200b").issue.description is None
    with pytest.raises(RefusedError) as caught:
        convert(text, 标题="\u200b\u2060")
    assert caught.value.note.code == "value_missing"


def test_columns_can_be_joined_and_values_fixed(convert):
    channel = "{column: 来源, values: {热线: hotline, 巡查: patrol}, otherwise: complaint}"
    unit = "{column: 单位, values: {环卫局: sanitation, 路灯处: lamps}}"
    joined = "{columns: [单位, 区域], values: {路灯处 / 东街: lamps, 路灯处: sanitation}}"
    text = MAPPING.replace(channel, "{value: patrol}").replace(unit, joined)
    assert (convert(text).unit, convert(text).issue.channel) == ("lamps", "patrol")
    assert convert(text, 区域="").unit == "sanitation"
