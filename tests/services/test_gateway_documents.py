"""Documents are drawn up on demand, fetched by their hash within one's scope, and templates replaced by the office."""

import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from docx import Document
from python_calamine import CalamineWorkbook

from domain.document.values import DocumentKind
from services.documents.built_in import LETTERS
from services.documents.desk import MEDIA_TYPES, built_in
from services.embedded.databases import DatabaseAddresses
from services.gateway import document_handling
from tests.services.indicator_office import opened
from tests.services.item_city import Town, town
from tests.services.test_documents_templates import saying


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as here:
        yield here


async def order(place: Town, item: str, who: str = "office", key: str | None = None) -> dict[str, Any]:
    answer = await place.post(who, "/v1/documents", {"kind": "dispatch_order", "item": item}, key)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def give(
    place: Town, template: bytes, who: str = "office", kind: str = "dispatch_order", **more: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": more.pop("key", str(uuid4())), "Content-Type": more.pop("media", MEDIA_TYPES["docx"])}
    return await place.ask(who, "POST", f"/v1/templates/{kind}", content=template, headers=headers, params=more)


async def test_a_dispatch_order_is_drawn_up_and_its_files_are_what_the_event_says(place: Town):
    item = await place.reported()
    document = await order(place, item)
    assert (document["kind"], document["kind_text"], document["about"]) == ("dispatch_order", "交办单", item)
    assert [file["format"] for file in document["files"]] == ["docx", "pdf"]
    for file in document["files"]:
        answer = await place.get("office", file["href"])
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert answer.headers["content-type"] == MEDIA_TYPES[file["format"]]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["etag"] == f'"{file["sha256"]}"'
        disposition = answer.headers["content-disposition"]
        assert disposition.isascii()
        assert unquote(disposition.rpartition("''")[2]) == f"{document['number']} 交办单.{file['format']}"
    events = await place.city.parts.store.stream((await issued(place))[0])
    assert [event.type for event in events] == ["document.issued.v1"]
    assert all(file["sha256"].encode() in events[0].data for file in document["files"])


async def issued(place: Town) -> list[Any]:
    rows = await place.city.parts.pool.fetch("SELECT stream_id FROM es.current_state WHERE kind = 'document'")
    return [row["stream_id"] for row in rows]


async def test_the_same_key_gets_the_same_document_although_the_item_has_moved(place: Town):
    item = await place.reported()
    first = await order(place, item, key="once")
    await place.does("cleaner", item, "accept")
    assert await order(place, item, key="once") == first
    assert len(await issued(place)) == 1
    other = await order(place, item, key="again")
    assert other["files"][0]["sha256"] != first["files"][0]["sha256"]
    reused = await place.post("office", "/v1/documents", {"kind": "ledger"}, "once")
    assert await code(reused) == (409, "idempotency_key_reused")


async def test_only_who_has_to_do_with_an_item_gets_its_order(place: Town):
    item = await place.reported()
    file = (await order(place, item))["files"][0]["href"]
    for who in ("office", "auditor", "cleaner"):
        assert (await place.get(who, file)).status_code == 200, who
    assert await code(await place.get("gardener", file)) == (404, "no_such_file")
    assert await code(await place.get("hotline", file)) == (404, "no_such_file")
    seen = {
        who: len((await place.get(who, "/v1/documents")).json()["documents"])
        for who in ("office", "cleaner", "gardener")
    }
    assert seen == {"office": 1, "cleaner": 1, "gardener": 0}


@pytest.mark.parametrize("who", ["cleaner", "inspector", "leader", "auditor", "administrator", "hotline"])
async def test_what_is_drawn_up_in_the_name_of_the_office_is_drawn_up_by_the_office(place: Town, who: str):
    item = await place.reported()
    for body in ({"kind": "dispatch_order", "item": item}, {"kind": "bulletin", "bulletin": str(uuid4())}):
        assert await code(await place.post(who, "/v1/documents", body)) == (403, "role_not_allowed")


async def test_a_ledger_lists_what_its_asker_may_see(place: Town):
    for number in range(3):
        await place.reported(title=f"=SUM({number})")
    for who, count in (("office", 3), ("cleaner", 3), ("gardener", 0)):
        answer = await place.post(who, "/v1/documents", {"kind": "ledger", "filter": {"open": True}})
        assert answer.status_code == 201, answer.text
        [file] = answer.json()["files"]
        assert (file["format"], file["template"]) == ("xlsx", "ledger@builtin-1")
        content = (await place.get(who, file["href"])).content
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert len(rows) == 3 + count
        assert {row[1] for row in rows[3:]} == {f"=SUM({number})" for number in range(count)}
    assert (await place.get("gardener", file["href"])).status_code == 200
    assert await code(await place.get("cleaner", file["href"])) == (404, "no_such_file")


async def test_a_ledger_is_read_page_by_page_and_bounded(place: Town, monkeypatch):
    for _ in range(5):
        await place.reported()
    monkeypatch.setattr(document_handling, "_PAGE", 2)
    answer = await place.post("office", "/v1/documents", {"kind": "ledger"})
    content = (await place.get("office", answer.json()["files"][0]["href"])).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len({row[0] for row in rows[3:]}) == 5
    monkeypatch.setattr(document_handling, "MOST_ITEMS", 4)
    refused = await place.post("office", "/v1/documents", {"kind": "ledger"})
    assert await code(refused) == (422, "ledger_too_large")


async def test_what_cannot_be_drawn_up_is_refused(place: Town):
    item = await place.reported()
    nobody = str(uuid4())
    for body, expected in (
        ({"kind": "dispatch_order", "item": nobody}, (404, "no_such_item")),
        ({"kind": "bulletin", "bulletin": nobody}, (404, "no_such_bulletin")),
        ({"kind": "bulletin", "bulletin": item}, (404, "no_such_bulletin")),
        ({"kind": "decision"}, (422, "input_invalid")),
        ({"kind": "ledger", "item": item}, (422, "input_invalid")),
        ({"kind": "dispatch_order"}, (422, "input_invalid")),
        ({"kind": "ledger", "filter": {"color": "red"}}, (422, "input_invalid")),
    ):
        assert await code(await place.post("office", "/v1/documents", body)) == expected, body
    order_of = {"kind": "dispatch_order", "item": item}
    assert await code(await place.post("hotline", "/v1/documents", order_of)) == (403, "role_not_allowed")
    for path, expected in (
        (f"/v1/documents/{'0' * 64}", 404),
        ("/v1/documents/xyz", 422),
        ("/v1/documents/..%2f", 404),
    ):
        assert (await place.get("office", path)).status_code == expected, path
    assert await issued(place) == []


async def test_documents_are_listed_newest_first_page_by_page(place: Town):
    item = await place.reported()
    drawn = [(await order(place, item))["id"] for _ in range(3)]
    assert len(set(drawn)) == 3
    found, query = [], {"limit": 2, "about": item}
    while True:
        page = (await place.get("office", "/v1/documents", **query)).json()
        found += [document["id"] for document in page["documents"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(found) == sorted(drawn)
    assert (await place.get("office", "/v1/documents", kind="ledger")).json()["documents"] == []
    assert await code(await place.get("office", "/v1/documents", cursor="x")) == (400, "cursor_malformed")


async def test_templates_are_listed_with_their_fields_and_can_be_fetched(place: Town):
    listed = (await place.get("cleaner", "/v1/templates")).json()
    assert {each["kind"] for each in listed} == set(LETTERS)
    found = next(each for each in listed if each["kind"] == "decision")
    assert (found["ref"], found["version"]) == ("decision@builtin-1", None)
    assert {"title", "unit", "measure"} <= set(found["fields"])
    answer = await place.get("office", "/v1/templates/decision")
    assert answer.content == built_in(DocumentKind.DECISION)
    assert hashlib.sha256(answer.content).hexdigest() == found["sha256"]
    assert await code(await place.get("office", "/v1/templates/ledger")) == (422, "no_template_of_kind")
    assert await code(await place.get("office", "/v1/templates/decision", version=7)) == (404, "no_such_document")


async def test_the_office_replaces_a_template_and_documents_name_the_version(place: Town):
    item = await place.reported()
    own = saying("望澜市创建办交办：{{ subject }}，{{ unit }}请办。")
    answer = await give(place, own, key="t", note="改版")
    assert answer.status_code == 201, answer.text
    assert (await give(place, own, key="t", note="改版")).json() == answer.json()
    document = await order(place, item)
    word_file, pdf_file = document["files"]
    assert (word_file["template"], pdf_file["template"]) == ("dispatch_order@1", "gbt9704@builtin-1")
    content = (await place.get("office", word_file["href"])).content
    assert "交办：东街垃圾满溢" in Document(io.BytesIO(content)).paragraphs[0].text
    [listed] = [
        each for each in (await place.get("office", "/v1/templates")).json() if each["kind"] == "dispatch_order"
    ]
    assert (listed["version"], listed["note"], listed["sha256"]) == (1, "改版", hashlib.sha256(own).hexdigest())
    assert (await place.get("cleaner", "/v1/templates/dispatch_order")).content == own
    assert await code(await give(place, own)) == (409, "template_unchanged")
    assert (await give(place, built_in(DocumentKind.DISPATCH_ORDER))).json()["version"] == 2
    assert (await place.get("office", "/v1/templates/dispatch_order", version=1)).content == own
    assert (await order(place, item))["files"][0]["template"] == "dispatch_order@2"


async def test_a_template_that_names_unknown_fields_is_refused_and_the_old_one_stays(place: Town):
    answer = await give(place, saying("{{ salary }} {{ unit }}"))
    assert await code(answer) == (422, "template_unknown_field")
    assert "salary" in answer.json()["detail"]
    assert await code(await give(place, b"%PDF-1.7")) == (422, "template_unreadable")
    assert await code(await give(place, saying("{{ 9 * 9 }}"))) == (422, "template_forbidden")
    assert await code(await give(place, saying("x"), kind="ledger")) == (422, "no_template_of_kind")
    assert await code(await give(place, saying("x"), media="text/plain")) == (415, "wrong_media_type")
    assert await code(await give(place, b"\x00" * (5 * 1024 * 1024))) == (413, "body_too_large")
    assert (await place.get("office", "/v1/templates/dispatch_order")).content == built_in(DocumentKind.DISPATCH_ORDER)


async def test_only_the_office_replaces_templates(place: Town):
    for who in ("cleaner", "auditor", "administrator", "hotline"):
        assert await code(await give(place, saying("x"), who=who)) == (403, "role_not_allowed"), who


async def test_a_bulletin_is_drawn_up_for_everybody(database: DatabaseAddresses):
    async with opened(database) as office:
        path = (await office.post("/v1/bulletins", {"kind": "weekly", "period": "2026-W48"})).headers["location"]
        body = {"kind": "bulletin", "bulletin": path.rpartition("/")[2]}
        answer = await office.post("/v1/documents", body, key="2")
        assert answer.status_code == 201, answer.text
        document = answer.json()
        assert (document["number"], document["title"]) == ("2026年第48期", "创建全国文明城市工作周通报（2026年第48周）")
        for who in ("handler", "hotline", "auditor"):
            assert (await office.get(document["files"][1]["href"], who=who)).content.startswith(b"%PDF-"), who
            assert len((await office.get("/v1/documents", who=who)).json()["documents"]) == 1
        said = Document(io.BytesIO((await office.get(document["files"][0]["href"])).content))
        cells = {cell.text for table in said.tables for row in table.rows for cell in row.cells}
        assert {"33.33%", "无案件", "园林局"} <= cells
