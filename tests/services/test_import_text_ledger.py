"""CSV ledgers: whatever is broken costs its own row, and every row stays counted."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importing.ledger import Ledger, UnreadableLedgerError
from services.importing.mapping import FileFormat
from services.importing.text_ledger import open_text

FORM = FileFormat()
COLUMNS = {"id", "name", "place"}


def opened(content: bytes, form: FileFormat = FORM) -> Ledger:
    return open_text(content, form, COLUMNS)


def read(content: bytes, form: FileFormat = FORM) -> list[tuple[int, str | None]]:
    return [(row.line, row.damage) for row in opened(content, form).rows]


def test_good_rows_come_with_the_lines_they_begin_in():
    content = b'id,name,place\n1,a,x\n2,"b\nb","y,y"\n\n3,"c ""c""",z'
    rows = list(opened(content).rows)
    assert [row.line for row in rows] == [2, 3, 6]
    assert rows[1].cells == ["2", "b\nb", "y,y"]
    assert rows[2].cells == ["3", 'c "c"', "z"]


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (b"1,a,x\n2,b\n3,c,z\n", [None, "wrong_column_count", None]),
        (b"1,a,x\n2,b,y,q\n3,c,z\n", [None, "wrong_column_count", None]),
        (b"1,a,x,,\n2,b,y\n", [None, None]),
        (b"1,a,x\n2,\xff\xfe,y\n3,c,z\n", [None, "bad_encoding", None]),
        (b"1,a,x\n2,b\x00b,y\n3,c,z\n", [None, "nul_character", None]),
        (b"1,a,x\n2,b", [None, "record_cut_off"]),
        (b'1,a,x\n2,b,"y', [None, "record_cut_off"]),
        (b'1,a,x\n2,"b,y\n3,c,z\n4,d,w\n', [None, "broken_quotes", None, None]),
        (b'1,a,x\n2,"b,y\n3,"c",z\n4,d,w\n', [None, "broken_quotes", None, None]),
        (b'1,a,x\n2,"b"b,y\n3,c,z\n', [None, "broken_quotes", None]),
        (b'1,5" pipe,x\n2,b,y\n', [None, None]),
        (b'1,"' + b"a" * 200_000 + b'",x\n2,b,y\n', ["broken_quotes", None]),
        (b"1,a,x\r\n2,b,y\r\n", [None, None]),
        (b"1,a,x\r2,b,y\r", [None, None]),
    ],
)
def test_each_kind_of_damage_costs_its_own_row(content, damage):
    assert [found for _, found in read(b"id,name,place\n" + content)] == damage


def test_the_header_is_searched_for_below_titles():
    ledger = opened(b"Ledger of the office,,\n,,\nid,name,place\n1,a,x\n")
    assert ledger.header_line == 3
    assert [row.line for row in ledger.rows] == [4]


def test_a_header_row_that_the_mapping_names_is_taken():
    content = b"id,name,place\nid,name,place\n1,a,x\n"
    assert read(content, FileFormat(header_row=2)) == [(3, None)]
    with pytest.raises(UnreadableLedgerError):
        opened(content, FileFormat(header_row=9))


def test_other_encodings_and_delimiters_are_read():
    text = "id;name;place\n1;环卫;东街\n2;路灯;𠮷\n"
    for encoding in ("gb18030", "utf-8-sig", "utf-16"):
        ledger = opened(text.encode(encoding), FileFormat(encoding=encoding, delimiter=";"))
        assert [row.cells[1] for row in ledger.rows] == ["环卫", "路灯"]
    damaged = text.encode("gb18030").replace("路灯".encode("gb18030"), b"\xff\xff")
    assert [found for _, found in read(damaged, FileFormat(encoding="gb18030", delimiter=";"))] == [
        None,
        "bad_encoding",
    ]


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("gb18030", "utf-8-sig"),
        ("utf-16", "utf-8-sig"),
        ("utf-8", "gb18030"),
        ("utf-8-sig", "gb18030"),
        ("utf-16", "gb18030"),
        ("gb18030", "utf-16"),
        ("utf-8", "ascii"),
    ],
)
def test_a_file_in_another_encoding_than_stated_is_said_to_be(written: str, stated: str) -> None:
    content = ("市容台账\n编号,类别,备注\n" + "1,垃圾,东街\n" * 20_000).encode(written)
    with pytest.raises(UnreadableLedgerError) as error:
        open_text(content, FileFormat(encoding=stated), {"编号", "类别"})
    assert f"encoding: {written.removesuffix('-sig')}" in str(error.value)


def test_a_file_in_no_encoding_at_all_is_said_to_be_unreadable_and_a_column_that_lacks_is_not() -> None:
    with pytest.raises(UnreadableLedgerError):
        open_text(b"\xff\xff,\xff\n1,2\n", FORM, {"编号"})
    assert open_text(b"id,name\n1,\xff\n", FORM, {"编号"}).header == ("id", "name")


def test_gzip_is_known_by_its_bytes_and_may_have_several_members():
    content = gzip.compress(b"id,name,place\n1,a,x\n") + gzip.compress(b"2,b,y\n")
    assert read(content) == [(2, None), (3, None)]


def test_a_gzip_file_without_its_end_gives_what_it_has_and_says_so():
    whole = b"id,name,place\n" + b"".join(b"%d,name %d,place\n" % (n, n * n) for n in range(5000))
    packed = gzip.compress(whole)
    ledger = opened(packed[: len(packed) // 2])
    assert ledger.truncated
    damage = [row.damage for row in ledger.rows]
    assert len(damage) > 1000
    assert set(damage[:-1]) == {None}
    with pytest.raises(UnreadableLedgerError):
        opened(packed[:200] + b"\xff" * 200 + packed[400:])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_header_is_no_ledger(content):
    with pytest.raises(UnreadableLedgerError):
        opened(content)


LINES = [b"1,a,x\n", b'2,"b, b",y\n', b'3,"c\nc",z\n', "4,丁,w\n".encode(), b"5,e,v\n"]


@given(cut=st.integers(min_value=0, max_value=sum(map(len, LINES))))
def test_a_file_cut_anywhere_loses_at_most_its_last_record(cut):
    body = b"".join(LINES)[:cut]
    rows = list(opened(b"id,name,place\n" + body).rows)
    whole = 0
    while sum(map(len, LINES[: whole + 1])) <= cut and whole < len(LINES):
        whole += 1
    assert [row.damage for row in rows[:whole]] == [None] * whole
    assert [row.cells[0] for row in rows[:whole]] == ["1", "2", "3", "4", "5"][:whole]
    # What is left of the record that was cut has at most as many lines as the record had.
    assert len(rows) - whole <= 2


@given(content=st.binary(max_size=300), at=st.integers(min_value=0, max_value=300))
def test_no_bytes_whatever_break_the_reading_or_hide_a_line(content, at):
    body = b"".join(LINES)
    damaged = body[:at] + content + body[at:]
    rows = list(opened(b"id,name,place\n" + damaged).rows)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    if b"\n" not in content and b"\r" not in content and at == len(body):
        assert [row.damage for row in rows[: len(LINES)]] == [None] * len(LINES)
