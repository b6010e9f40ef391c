"""Dirty events: each gets a problem document that says what and where, none a 500, and none leaves anything behind."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.gateway_samples import SOURCE, City, issue_data, issue_event, small_city

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
BINARY = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-type": "duban.issue.reported.v1",
    "ce-source": SOURCE,
    "ce-id": "case-1",
}


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in issue_event().items() if key != name}


def nested(depth: int) -> Any:
    value: Any = "leaf"
    for _ in range(depth):
        value = [value]
    return value


FAULTY: dict[str, tuple[Any, str]] = {
    "an older specversion": (issue_event(specversion="0.3"), "/specversion"),
    "specversion as a number": (issue_event(specversion=1.0), "/specversion"),
    "no specversion": (without("specversion"), "/specversion"),
    "no id": (without("id"), "/id"),
    "no source": (without("source"), "/source"),
    "no type": (without("type"), "/type"),
    "no data": (without("data"), "/data"),
    "an empty id": (issue_event(id=""), "/id"),
    "an id of two lines": (issue_event(id="a\nb"), "/id"),
    "an id too long": (issue_event(id="x" * 201), "/id"),
    "another type": (issue_event(type="com.example.other"), "/type"),
    "a type that is no text": (issue_event(type=["a"]), "/type"),
    "time as a number": (issue_event(time=1_790_000_000), "/time"),
    "time without offset": (issue_event(time="2026-11-20T10:30:00"), "/time"),
    "time beyond all calendars": (issue_event(time="9999-12-31T23:59:59-12:00"), "/time"),
    "time in no calendar": (issue_event(time="2026-02-30T00:00:00Z"), "/time"),
    "data of another kind": (issue_event(datacontenttype="text/xml"), "/datacontenttype"),
    "data in base64": (issue_event(data_base64="e30="), "/data_base64"),
    "data that is no object": (issue_event(data="text"), "/data"),
    "an unknown field in data": (issue_event(data=issue_data(colour="red")), "/data/colour"),
    "an unknown channel": (issue_event(data=issue_data(channel="pigeon")), "/data/channel"),
    "a title that is no text": (issue_event(data=issue_data(title=7)), "/data/title"),
    "an empty title": (issue_event(data=issue_data(title="")), "/data/title"),
    "a title too long": (issue_event(data=issue_data(title="长" * 201)), "/data/title"),
    "a latitude that is true": (issue_event(data=issue_data(location={"latitude": True})), "/data/location/latitude"),
    "a latitude off the globe": (issue_event(data=issue_data(location={"latitude": "91"})), "/data/location/latitude"),
    "a huge latitude": (issue_event(data=issue_data(location={"latitude": 10**400})), "/data/location/latitude"),
    "evidence without uri": (issue_event(data=issue_data(evidence=[{}])), "/data/evidence/0/uri"),
    "evidence nested deep": (issue_event(data=issue_data(evidence=nested(60))), "/data/evidence/0"),
    "a reporter with an address": (issue_event(data=issue_data(reporter={"address": "x"})), "/data/reporter/address"),
}


@pytest.mark.parametrize("name", FAULTY)
@pytest.mark.parametrize("batched", [False, True], ids=["alone", "in a batch"])
async def test_a_faulty_event_is_told_where_its_fault_is(city: City, name: str, batched: bool) -> None:
    event, pointer = FAULTY[name]
    async with city.client() as client:
        if batched:
            headers = {"Content-Type": BATCHED}
            answer = await client.post("/v1/events", content=json.dumps([event, issue_event(9)]), headers=headers)
            assert answer.status_code == 200
            assert answer.json()[1]["status"] == 200
            problem = answer.json()[0]["problem"]
        else:
            answer = await client.post("/v1/events", content=json.dumps(event), headers={"Content-Type": STRUCTURED})
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
    assert (problem["status"], problem["code"]) == (422, "input_invalid")
    assert pointer in {fault["pointer"] for fault in problem["errors"]}


UNREADABLE = {
    "nothing": b"",
    "half an object": b'{"specversion": "1.0"',
    "invalid UTF-8": b'{"specversion": "\xff\xfe"}',
    "a lone surrogate": b'{"specversion": "\\ud800"}',
    "a bomb of brackets": b"[" * 100_000,
    "two documents": b"{}{}",
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("mode", [{"content-type": STRUCTURED}, {"content-type": BATCHED}, BINARY])
async def test_what_is_no_json_is_refused(city: City, name: str, mode: dict[str, str]) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", content=UNREADABLE[name], headers=mode)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_a_nul_character_is_refused_wherever_it_hides(city: City) -> None:
    event = issue_event(data=issue_data(description="a\0b"))
    async with city.client() as client:
        alone = await client.post("/v1/events", content=json.dumps(event), headers={"Content-Type": STRUCTURED})
        binary = await client.post("/v1/events", content=json.dumps(event["data"]), headers=BINARY)
    assert (alone.status_code, alone.json()["code"]) == (400, "unstorable_text")
    assert (binary.status_code, binary.json()["code"]) == (400, "unstorable_text")


async def test_a_backslash_before_u0000_is_just_text(city: City) -> None:
    event = issue_event(data=issue_data(description="the text \\u0000 itself"))
    async with city.client() as client:
        answer = await client.post("/v1/events", content=json.dumps(event), headers={"Content-Type": STRUCTURED})
    assert answer.status_code == 200


async def test_ten_megabytes_are_too_large(city: City) -> None:
    body = json.dumps(issue_event(data=issue_data(description="长" * 4_000_000))).encode()
    async with city.client() as client:
        answer = await client.post("/v1/events", content=body, headers={"Content-Type": STRUCTURED})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"content-type": "text/plain", "ce-specversion": "1.0"},
        {"content-type": "application/cloudevents+xml"},
        {"content-type": "application/cloudevents-batch+avro"},
        {},
    ],
)
async def test_other_media_types_are_refused(city: City, headers: dict[str, str]) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_media_type")


@pytest.mark.parametrize("value", ["%FF%FE", "%C3%28", "a%0Ab", "a%00b", ""])
async def test_binary_attributes_that_are_no_text_are_refused(city: City, value: str) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", json=issue_data(), headers={**BINARY, "ce-id": value})
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"unstorable_text", "input_invalid"}


async def test_a_binary_header_cannot_smuggle_data(city: City) -> None:
    headers = {**BINARY, "ce-data": "{}", "ce-data_base64": "e30=", "ce-traceparent": "00-1"}
    async with city.client() as client:
        answer = await client.post("/v1/events", json=issue_data(), headers=headers)
        body = b'{}, "source": "inspection-app"'
        injected = await client.post("/v1/events", content=body, headers=BINARY)
    assert answer.status_code == 200, answer.text
    assert injected.json()["code"] == "malformed_json"


async def test_a_batch_that_is_no_array_is_refused(city: City) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", content=b"{}", headers={"Content-Type": BATCHED})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_batch")


BROKEN_INSIDE = {
    "a lone surrogate": rb'{"specversion": "1.0", "source": "12345-hotline", "id": "bad", "x": "\ud800"}',
    "no number": b'{"specversion": "1.0", "source": "12345-hotline", "id": "bad", "x": NaN}',
    "too many levels": b'{"source": "12345-hotline", "id": "bad", "x": ' + b"[" * 300 + b"]" * 300 + b"}",
    "invalid UTF-8": b'{"source": "12345-hotline", "id": "\xff"}',
    "a missing colon": b'{"id" "bad", "x": "a,b]}"}',
    "a bare word": b"nothing",
}


@pytest.mark.parametrize("name", BROKEN_INSIDE)
async def test_one_event_that_is_no_json_does_not_spoil_the_others(city: City, name: str) -> None:
    tricky = issue_event(2, data=issue_data(description='引号 " 逗号 , 括号 ]}\\'))
    parts = [json.dumps(issue_event(1)).encode(), BROKEN_INSIDE[name], json.dumps(tricky).encode()]
    async with city.client() as client:
        answer = await client.post(
            "/v1/events", content=b"[" + b" ,\n".join(parts) + b"]", headers={"Content-Type": BATCHED}
        )
    first, refused, last = answer.json()
    assert (first["status"], last["status"]) == (200, 200)
    assert refused["problem"]["code"] == ("input_invalid" if name == "no number" else "malformed_json")
    readable = name in {"a lone surrogate", "no number", "too many levels"}
    assert (refused["source"], refused["id"]) == ((SOURCE, "bad") if readable else (None, None))
    assert await city.events_in_store() > 0


@pytest.mark.parametrize(
    "body", [b"[NaN,]", b"[,NaN]", b"[NaN]]", b"[NaN", b'[NaN, "]', b"[NaN][NaN]", b"NaN", b"[[NaN]"]
)
async def test_a_batch_that_cannot_be_told_apart_is_refused_as_a_whole(city: City, body: bytes) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", content=body, headers={"Content-Type": BATCHED})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_extension_attributes_are_allowed_and_ignored(city: City) -> None:
    event = issue_event(traceparent="00-1", partitionkey="东", huge=10**400, deep=nested(50))
    async with city.client() as client:
        answer = await client.post("/v1/events", content=json.dumps(event), headers={"Content-Type": STRUCTURED})
    assert answer.status_code == 200


async def test_refused_events_leave_nothing_behind(city: City) -> None:
    bad = [event for event, _ in FAULTY.values()]
    async with city.client() as client:
        answer = await client.post("/v1/events", content=json.dumps(bad), headers={"Content-Type": BATCHED})
    assert {each["status"] for each in answer.json()} == {422}
    assert await city.events_in_store() == 0
