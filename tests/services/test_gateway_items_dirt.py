"""Every kind of dirt at the gate: a problem document that says what is wrong, nothing half done, and never a 500."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.gateway.app import create_app
from services.gateway.bodies import MOST_BYTES
from services.gateway.item_commands import ITEM_COMMANDS
from services.settings import Settings
from tests.services.gateway_samples import issue_data
from tests.services.item_city import Town, town

NOBODY = UUID(int=404)  # the same in every process that collects these tests
NEVER_A_BODY: list[tuple[bytes, int, str]] = [
    (b"", 422, "input_invalid"),
    (b"{", 400, "malformed_json"),
    (b"null", 422, "input_invalid"),
    (b"[]", 422, "input_invalid"),
    (b'"x"', 422, "input_invalid"),
    (b"1e999", 422, "input_invalid"),
    (b"NaN", 422, "input_invalid"),
    (b"\xff\xfe{}", 400, "malformed_json"),
    (b'{"title":"\xff"}', 400, "malformed_json"),
    (b'{"title":"\\ud800"}', 400, "malformed_json"),
    (b'{"title":"a\\u0000b"}', 400, "unstorable_text"),
    (b'{"title":"a\x00b"}', 400, "malformed_json"),
    (b"[" * 100_000, 400, "malformed_json"),
    (b'{"a":' * 100_000, 400, "malformed_json"),
    (b'{"title":' + b"9" * 5000 + b"}", 400, "malformed_json"),
    (b"\xef\xbb\xbf{}", 400, "malformed_json"),
]


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


def dirty(**changes: Any) -> dict[str, Any]:
    return issue_data(**changes)


async def sent(people: Town, body: bytes, **headers: str) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json", **headers}
    return await people.ask("office", "POST", "/v1/items", content=body, headers=headers)


@pytest.mark.parametrize(("body", "status", "code"), NEVER_A_BODY)
async def test_what_is_no_json_object_is_refused(people: Town, body: bytes, status: int, code: str) -> None:
    before = await people.city.events_in_store()
    answer = await sent(people, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await people.city.events_in_store() == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": 7}, "/title"),
        ({"title": ""}, "/title"),
        ({"title": "长" * 201}, "/title"),
        ({"title": None}, "/title"),
        ({"channel": "pigeon"}, "/channel"),
        ({"category": False}, "/category"),
        ({"unknown": 1}, "/unknown"),
        ({"evidence": {}}, "/evidence"),
        ({"evidence": [{"uri": "x", "kind": "selfie"}]}, "/evidence/0/kind"),
        ({"evidence": [{"uri": "x", "sha256": "XYZ"}]}, "/evidence/0/sha256"),
        ({"evidence": [{"uri": "https://photos.example/1.jpg"}] * 51}, "/evidence"),
        ({"location": {"latitude": "91"}}, "/location/latitude"),
        ({"location": {"latitude": "NaN"}}, "/location/latitude"),
        ({"location": {"latitude": True}}, "/location/latitude"),
        ({"reported_at": "2026-11-20T10:00:00"}, "/reported_at"),
        ({"reported_at": "9999-12-31T23:59:59Z"}, "/reported_at"),
        ({"reported_at": 1e300}, "/reported_at"),
        ({"reported_at": 1700000000}, "/reported_at"),
        ({"rectify_by": "tomorrow"}, "/rectify_by"),
        ({"reporter": "王女士"}, "/reporter"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
async def test_a_faulty_field_is_pointed_at_in_chinese(people: Town, changes: dict[str, Any], pointer: str) -> None:
    answer = await sent(people, json.dumps(dirty(**changes)).encode())
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, "input_invalid")
    assert pointer in [error["pointer"] for error in document["errors"]]
    assert "长长长" not in answer.text, "the input is not repeated"


async def test_an_escaped_backslash_before_u0000_is_just_text(people: Town) -> None:
    answer = await sent(people, json.dumps(dirty(title="\\u0000")).encode())
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("command", ITEM_COMMANDS, ids=lambda command: command.path)
async def test_every_command_refuses_dirt_and_takes_its_own_example(people: Town, command: Any) -> None:
    item = await people.reported()
    path = f"/v1/items/{item}/{command.path}"
    unknown = await people.post("office", path, {**command.example, "unknown": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "input_invalid")
    wrong = await people.post("office", path, [1])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "input_invalid")
    own = await people.post("office", path, command.example or None)
    assert own.json().get("code") != "input_invalid", own.text
    assert own.status_code in {200, 403, 409, 422}, own.text


async def test_a_body_of_ten_megabytes_is_refused_whatever_its_length_claims(people: Town) -> None:
    body = json.dumps(dirty(description="x" * 10_000_000)).encode()
    answer = await sent(people, body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["facts"] == {"limit_bytes": MOST_BYTES}

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    headers = {"Idempotency-Key": "x", "Content-Type": "application/json"}
    answer = await people.ask("office", "POST", "/v1/items", content=pieces(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "multipart/form-data", "", "application/jsonx"]
)
async def test_another_media_type_is_refused(people: Town, media_type: str) -> None:
    answer = await sent(people, json.dumps(dirty()).encode(), **{"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_media_type")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "钥匙".encode().decode("latin-1"), "\x7f"])
async def test_a_key_that_is_no_key_is_refused(people: Town, key: str) -> None:
    headers = [(b"idempotency-key", key.encode("latin-1")), (b"authorization", _bearer(people))]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(people.city.app), base_url="http://gateway") as client:
        answer = await client.post("/v1/items", json=dirty(), headers=headers)
        missing = await client.post("/v1/items", json=dirty(), headers=headers[1:])
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")


def _bearer(people: Town) -> bytes:
    return f"Bearer {people.city.keys['office']}".encode()


@pytest.mark.parametrize("value", ["", "x", '"0"', '"-1"', '"1", "2"', "W/x", '"' + "9" * 40 + '"'])
async def test_an_if_match_that_is_no_version_is_refused(people: Town, value: str) -> None:
    item = await people.reported()
    answer = await people.post("office", f"/v1/items/{item}/comment", {"text": "x"}, **{"If-Match": value})
    assert (answer.status_code, answer.json()["code"]) == (400, "if_match_malformed")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/items/not-a-uuid", 422),
        ("GET", f"/v1/items/{NOBODY}", 404),
        ("GET", "/v1/items/%00", 400),
        ("GET", "/v1/items?text=%00", 400),
        ("GET", "/v1/items?text=%ff", 200),
        ("GET", "/v1/items?source=%ED%A0%80", 200),
        ("DELETE", "/v1/items", 405),
        ("PATCH", f"/v1/items/{NOBODY}", 405),
        ("GET", f"/v1/items/{NOBODY}/as-of?version=99999999999999999999", 422),
        ("GET", f"/v1/people/{NOBODY}", 404),
        ("GET", "//v1/items", 404),
        ("GET", "/v1/items/", 404),
    ],
)
async def test_paths_and_queries_of_any_kind_get_a_sensible_answer(
    people: Town, method: str, path: str, status: int
) -> None:
    answer = await people.ask("office", method, path)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


async def test_without_a_database_the_gateway_answers_503_and_recovers(database: DatabaseAddresses) -> None:
    away = create_app(Settings(database_app_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing")))
    async with (
        away.router.lifespan_context(away),
        httpx.AsyncClient(transport=httpx.ASGITransport(away), base_url="http://gateway") as client,
    ):
        answer = await client.get("/v1/items", headers={"Authorization": "Bearer duban_0123456789abcdef_x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "2"

    async with town(database) as people:
        await people.reported()
        # Every connection of the pool is cut, as by a restart of the server.
        await people.city.parts.pool.expire_connections()
        assert (await people.get("office", "/v1/items")).status_code == 200


async def test_a_fault_of_ours_is_a_500_without_details(people: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(type(people.city.parts.items), "page", broken)
    answer = await people.get("office", "/v1/items")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_fault")
    assert "secret" not in answer.text
