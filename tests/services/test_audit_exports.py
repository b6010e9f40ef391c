"""Exports are the whole answer: counted, resumable, harmless in a spreadsheet, and every event proved offline."""

import base64
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any, cast

import orjson
import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook

from domain.rulebook.commands import PublishCatalogue
from domain.rulebook.documents import Catalogue, Category
from services.embedded.databases import DatabaseAddresses
from services.gateway import audit_asking, audit_workbook
from services.gateway.audit_exports import defused
from services.handling.aggregates import CATALOGUE
from services.transparency.checkpoint import open_checkpoint
from services.transparency.payloads import data_sha256
from services.transparency.proof import EntryProof
from tests.services.audit_town import AuditedTown, audited_town
from tests.services.gateway_samples import text

FORMULA = '=cmd|"/c calc"!A1'


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path, monkeypatch) -> AsyncIterator[AuditedTown]:
    monkeypatch.setattr(audit_asking, "_AT_ONCE", 7)
    async with audited_town(database, tmp_path) as found:
        await found.live(21, 60)
        yield found


def lines(text: str) -> list[dict]:
    return [orjson.loads(line) for line in text.splitlines()]


async def test_lines_say_what_they_are_of_and_how_many_there_are(place):
    size = await place.sign()
    head, *events, end = lines((await place.get("/events.ndjson", area="east")).text)
    assert head["log_size"] == size
    assert open_checkpoint(head["checkpoint"], place.keys.verifiers()).checkpoint.size == size
    assert (end["end"], end["events"]) == (True, len(events))
    expected = [each.position for each in await place.events() if each.area in {"east", "east-1"}]
    assert [event["position"] for event in events] == [p for p in expected if p < size][::-1]
    assert all(event["data"] and event["sentence"] for event in events)


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_an_export_that_broke_off_goes_on_where_it_ended(place, order):
    await place.sign()
    head, *whole, _ = lines((await place.get("/events.ndjson", order=order)).text)
    await place.live(22, 20)
    await place.sign()
    for kept in (1, 8, len(whole) - 1):
        after = whole[kept - 1]["position"]
        answer = await place.get("/events.ndjson", order=order, after=after, size=head["log_size"])
        _, *rest, end = lines(answer.text)
        assert whole[:kept] + rest == whole
        assert end["events"] == len(rest)


async def test_no_text_becomes_a_formula(place):
    item = await place.town.reported()
    await place.town.does("cleaner", item, "refuse", {"reason": FORMULA})
    await place.town.does("office", item, "void", {"reason": "@SUM(1)"})
    await place.sign()
    answer = await place.get("/events.csv", item=item, order="oldest")
    assert answer.headers["content-type"].startswith("text/csv")
    names, *rows, end = list(csv.reader(io.StringIO(answer.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    assert end[:2] == ["end", str(len(rows))]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any(FORMULA in row[names.index("sentence")] for row in rows)
    workbook = await place.get("/events.xlsx", item=item, order="oldest")
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    sheet = book.get_sheet_by_name("events").to_python()
    assert len(sheet) == len(rows) + 1
    assert b"<f>" not in workbook.content
    about = dict(book.get_sheet_by_name("about").to_python())
    assert (about["events"], about["complete"]) == (str(len(rows)), "true")


async def long_catalogue(place: AuditedTown) -> str:
    """Publish a document that is far longer than a cell holds, with what formulas and XML have for signs."""
    signs = "=𠮷<&>\x09_x0041_ " * 1000
    checks = tuple(text((str(number) + signs)[:2000]) for number in range(60))
    category = Category(code="long", name=text("=长"), checklist=checks)
    document = Catalogue(catalogue_id="long", version=1, categories=(category,))
    await place.town.city.publish(CATALOGUE, "long@1", PublishCatalogue, document=document)
    return str(CATALOGUE.stream("long@1"))


async def test_a_text_of_a_hundred_thousand_characters_is_whole_in_every_form(place):
    stream = await long_catalogue(place)
    await place.sign()
    _, event, _ = lines((await place.get("/events.ndjson", stream=stream)).text)
    data = orjson.dumps(event["data"]).decode()
    assert len(data) > 100_000
    table = (await place.get("/events.csv", stream=stream)).text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    usual = csv.field_size_limit(1 << 24)  # the module's, so everybody's
    names, row, _ = list(csv.reader(io.StringIO(table)))
    csv.field_size_limit(usual)
    assert orjson.loads(row[names.index("data")]) == event["data"]
    content = (await place.get("/events.xlsx", stream=stream)).content
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    [named, cells], [head, *parts] = (book.get_sheet_by_name(name).to_python() for name in ("events", "continued"))
    assert head == ["position", "column", "part", "text"]
    assert [part[:3] for part in parts] == [[event["position"], "data", number] for number in range(2, len(parts) + 2)]
    assert "".join([cells[named.index("data")], *(part[3] for part in parts)]) == data
    about = dict(row[:2] for row in book.get_sheet_by_name("about").to_python())
    assert (about["events"], about["complete"], about["continued"]) == ("1", "true", str(len(parts)))
    assert b"<f>" not in b"".join(zipfile.ZipFile(io.BytesIO(content)).read(name) for name in zipped(content))


def zipped(content: bytes) -> list[str]:
    return [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "sheet" in name]


async def test_a_workbook_ends_before_an_event_that_it_has_no_room_for(place, monkeypatch):
    stream = await long_catalogue(place)
    await place.sign()
    monkeypatch.setattr(audit_workbook, "MOST_ROWS", 2)
    for parameters, events in (({"stream": stream}, "0"), ({"kind": "item"}, "2")):
        content = (await place.get("/events.xlsx", **parameters)).content
        about = dict(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("about").to_python())
        assert (about["events"], about["complete"]) == (events, "false")


async def test_a_workbook_that_nobody_waits_for_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    written: list[int] = []

    class Broken:
        async def pages(self):
            written.append(len([*tmp_path.rglob("tmp*")]))
            raise ConnectionResetError
            yield

    with pytest.raises(ConnectionResetError):
        [_ async for _ in audit_workbook.workbook(cast("Any", Broken()))]
    assert written[0] > 0
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "\uff1d1", "\uff20x", "'=1", "'"])
def test_a_cell_that_begins_like_a_formula_is_quoted(text):
    assert defused(text) == f"'{text}"
    assert str(defused(text)).removeprefix("'") == text
    assert (defused("清运 = 好"), defused(-1)) == ("清运 = 好", -1)


async def test_every_event_of_an_export_is_proved_under_its_checkpoint(place):
    for _ in range(8):
        await place.live(23, 40)
    size = await place.sign()
    head, *proved, end = lines((await place.get("/events.proofs", area="east")).text)
    exported = lines((await place.get("/events.ndjson", area="east")).text)[1:-1]
    assert [each["position"] for each in proved] == [each["position"] for each in exported]
    assert end["events"] == len(proved)
    for each, event in zip(proved, exported, strict=True):
        proof = EntryProof.parse(each["proof"])
        assert proof.index == each["position"]
        signed = proof.verify(each["entry"].encode(), place.keys.verifiers())
        assert (signed.checkpoint.size, each["proof"].endswith(head["checkpoint"])) == (size, True)
        entry = orjson.loads(each["entry"])
        assert entry["data_sha256"] == data_sha256(base64.b64decode(each["salt"]), each["data"].encode())
        assert entry["event_id"] == event["event_id"]
        assert orjson.loads(each["data"]) == event["data"]
    assert size > 256, "more than one tile"


async def test_without_a_checkpoint_there_are_no_proofs_and_exports_say_so(place):
    answer = await place.get("/events.proofs")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_signed")
    head, *_ = lines((await place.get("/events.ndjson")).text)
    assert head["checkpoint"] is None


async def test_an_export_leaves_a_trace_of_what_was_asked_for_but_not_of_words_that_may_be_a_name(place):
    await place.get("/events.csv", unit="cleaning", kind="item", size=20, after=5)
    await place.get("/events.ndjson", text="王女士", size=20)
    found = await place.town.city.parts.pool.fetch(
        "SELECT data FROM es.event WHERE type = 'access.exported.v1' ORDER BY seq"
    )
    traces = [orjson.loads(row["data"]) for row in found]
    assert [(trace["content"], trace["object"]) for trace in traces] == [
        ("audit csv", "size=20&after=5&unit=cleaning&kind=item"),
        ("audit ndjson", "size=20&text=..."),
    ]


@pytest.mark.parametrize("form", ["ndjson", "csv", "xlsx", "proofs"])
@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"after": 10**9}, 404, "beyond_the_log"),
        ({"size": 10**9}, 404, "beyond_the_log"),
        ({"size": -1}, 422, "input_invalid"),
        ({"position_from": 9, "position_to": 3}, 400, "range_reversed"),
        ({"area": "nowhere"}, 422, "unknown_area"),
    ],
)
async def test_what_cannot_be_exported_is_refused_before_the_first_byte(place, form, parameters, status, code):
    answer = await place.get(f"/events.{form}", **parameters)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_administrators_export_nothing(place):
    answer = await place.get("/events.ndjson", who="administrator")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
