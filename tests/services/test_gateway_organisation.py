"""Units and areas over HTTP: registered, changed with a reason, ended, and read as trees."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.gateway.trees import MOST_LEVELS
from tests.services.gateway_samples import City, issue_event, small_city

NAME = {"zh": "新单位", "en": "New"}


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


async def ask(
    city: City, method: str, path: str, body: Any = None, who: str = "administrator", **headers: str
) -> httpx.Response:
    async with city.client(who) as client:
        key = headers.pop("key", f"{method}{path}{body}".encode().hex()[-100:])
        return await client.request(method, path, json=body, headers={"Idempotency-Key": key, **headers})


async def test_a_unit_is_registered_changed_and_dissolved(city: City) -> None:
    registered = await ask(city, "POST", "/v1/units", {"code": "lamps", "name": NAME, "parent": "office"})
    assert (registered.status_code, registered.headers["location"]) == (201, "/v1/units/lamps")
    changed = await ask(city, "PUT", "/v1/units/lamps", {"name": {"zh": "路灯处", "en": "Lamps"}, "reason": "改名"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    unit = (await ask(city, "GET", "/v1/units/lamps")).json()
    assert (unit["name"]["zh"], unit["parent"]) == ("路灯处", None)
    dissolved = await ask(city, "POST", "/v1/units/lamps/dissolve", {"reason": "并入城管局"})
    assert dissolved.json()["status"] == "dissolved"
    assert "lamps" not in [each["code"] for each in (await ask(city, "GET", "/v1/units")).json()]
    assert "lamps" in [each["code"] for each in (await ask(city, "GET", "/v1/units?gone=true")).json()]


@pytest.mark.parametrize("code", ["tree", ".", ".."])
async def test_no_unit_or_area_is_called_as_a_path_of_the_api(city: City, code: str) -> None:
    for path, body in (("/v1/units", {}), ("/v1/areas", {"kind": "grid", "parent": "east"})):
        answer = await ask(city, "POST", path, {"code": code, "name": NAME, **body})
        assert (answer.status_code, answer.json()["code"]) == (422, "code_reserved")


async def test_an_abolished_area_takes_no_more_issues(city: City) -> None:
    abolished = await ask(city, "POST", "/v1/areas/east/abolish", {"reason": "区划调整"}, who="office")
    assert abolished.json()["status"] == "abolished"
    async with city.client() as client:
        headers = {"Content-Type": "application/cloudevents+json"}
        answer = await client.post("/v1/events", json=issue_event(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_area")


async def test_areas_form_a_tree(city: City) -> None:
    body = {"code": "east-1", "name": NAME, "kind": "community", "parent": "east", "owner": "cleaning"}
    assert (await ask(city, "POST", "/v1/areas", body)).status_code == 201
    [root] = (await ask(city, "GET", "/v1/areas/tree", who="auditor")).json()
    assert root["code"] == "city"
    assert root["children"][0]["code"] == "east"
    assert root["children"][0]["children"][0]["code"] == "east-1"
    moved = {"name": NAME, "kind": "community", "parent": "city", "reason": "区划调整"}
    assert (await ask(city, "PUT", "/v1/areas/east-1", moved)).status_code == 200
    [root] = (await ask(city, "GET", "/v1/areas/tree")).json()
    assert [child["code"] for child in root["children"]] == ["east", "east-1"]


async def test_units_form_a_tree_without_those_that_are_gone(city: City) -> None:
    await ask(city, "POST", "/v1/units", {"code": "a", "name": NAME, "parent": "office"})
    await ask(city, "POST", "/v1/units/a/dissolve", {"reason": "撤销"})
    shown = (await ask(city, "GET", "/v1/units/tree")).json()
    assert [(unit["code"], unit["children"]) for unit in shown] == [("cleaning", []), ("office", [])]
    everything = (await ask(city, "GET", "/v1/units/tree?gone=true")).json()
    assert [child["code"] for child in everything[1]["children"]] == ["a"]


async def test_a_tree_deeper_than_any_organisation_is_cut_off(city: City) -> None:
    parent = "office"
    for number in range(MOST_LEVELS + 1):
        await ask(city, "POST", "/v1/units", {"code": f"u{number}", "name": NAME, "parent": parent})
        parent = f"u{number}"
    [_, node] = (await ask(city, "GET", "/v1/units/tree")).json()
    levels = 1
    while node["children"]:
        [node] = node["children"]
        levels += 1
    assert (levels, node["cut_off"]) == (MOST_LEVELS, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/units", {"code": "office", "name": NAME}, 409, "already_registered"),
        ("POST", "/v1/units", {"code": "x", "name": NAME, "parent": "nobody"}, 422, "unknown_unit"),
        ("POST", "/v1/units", {"code": "a/b", "name": NAME}, 422, "input_invalid"),
        ("POST", "/v1/units", {"code": "x", "name": "one language"}, 422, "input_invalid"),
        ("POST", "/v1/units", {"code": "x", "name": NAME, "dissolved": True}, 422, "input_invalid"),
        ("PUT", "/v1/units/nobody", {"name": NAME, "reason": "r"}, 404, "not_registered"),
        ("PUT", "/v1/units/office", {"name": NAME}, 422, "input_invalid"),
        ("PUT", "/v1/units/office", {"name": NAME, "parent": "office", "reason": "r"}, 422, "parent_is_below"),
        ("POST", "/v1/units/nobody/dissolve", {"reason": "r"}, 404, "not_registered"),
        ("POST", "/v1/areas", {"code": "city", "name": NAME, "kind": "city"}, 409, "already_registered"),
        ("POST", "/v1/areas", {"code": "x", "name": NAME, "kind": "galaxy"}, 422, "input_invalid"),
        ("POST", "/v1/areas", {"code": "x", "name": NAME, "kind": "grid", "parent": "no"}, 422, "unknown_area"),
        ("POST", "/v1/areas", {"code": "x", "name": NAME, "kind": "grid", "sponsor": "no"}, 422, "unknown_unit"),
        ("POST", "/v1/areas/city/abolish", {"reason": "r"}, 409, "still_has_children"),
        ("POST", "/v1/areas/nowhere/abolish", {"reason": "r"}, 404, "not_registered"),
        ("GET", "/v1/units/nobody", None, 404, "not_registered"),
        ("GET", "/v1/areas/nowhere", None, 404, "not_registered"),
        ("DELETE", "/v1/areas/city", None, 405, "method_not_allowed"),
    ],
)
async def test_what_cannot_be_is_refused(city: City, method: str, path: str, body: Any, status: int, code: str) -> None:
    answer = await ask(city, method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_command_about_a_unit_needs_a_key_and_may_name_a_version(city: City) -> None:
    body = {"name": NAME, "reason": "改名"}
    async with city.client("administrator") as client:
        missing = await client.put("/v1/units/office", json=body)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    outdated = await ask(city, "PUT", "/v1/units/office", body, key="a", **{"If-Match": '"7"'})
    assert (outdated.status_code, outdated.json()["code"]) == (412, "version_mismatch")
    assert (await ask(city, "PUT", "/v1/units/office", body, key="b", **{"If-Match": '"1"'})).status_code == 200


async def test_auditors_and_systems_change_nothing(city: City) -> None:
    for who in ("auditor", "hotline"):
        answer = await ask(city, "POST", "/v1/units", {"code": "x", "name": NAME}, who=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
