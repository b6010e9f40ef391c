"""Personal data: who may read and erase it, that it is saved once, and what remains of an erasure."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import PERSON
from tests.services.gateway_samples import issue_data
from tests.services.item_city import Town, town

WANG = {"name": "王女士", "phone": "13800000000"}
WHY = {"reason": "回访核实"}


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        await opened.city.admit("west office", Standing(role=Role.OFFICE, area="west"))
        await opened.city.admit("west administrator", Standing(role=Role.ADMINISTRATOR, area="west"))
        yield opened


async def reporter(people: Town, area: str) -> str:
    item = await people.reported(area=area, channel="complaint", reporter=WANG)
    return (await people.get("office", f"/v1/items/{item}")).json()["reporter"]


async def put(people: Town, path: str, body: Any, key: str) -> httpx.Response:
    return await people.ask("administrator", "PUT", path, json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("who", ["west office", "west administrator"])
async def test_a_person_is_read_where_the_item_that_names_them_is(people: Town, who: str) -> None:
    east, west = await reporter(people, "east"), await reporter(people, "west")
    assert (await people.get(who, f"/v1/people/{west}", **WHY)).json()["phone"] == WANG["phone"]
    assert (await people.get(who, f"/v1/people/{east}", **WHY)).status_code == 404
    assert (await people.get("administrator", f"/v1/people/{east}", **WHY)).json()["name"] == WANG["name"]


async def test_the_office_does_not_read_names_of_principals_as_people(people: Town) -> None:
    registered = await people.post("administrator", "/v1/principals", {"role": "leader", **WANG})
    path = f"/v1/people/{registered.json()['id']}"
    assert (await people.get("office", path)).status_code == 404
    assert (await people.get("administrator", path, **WHY)).json()["name"] == WANG["name"]


async def test_only_an_administrator_of_the_whole_city_erases(people: Town) -> None:
    person = await reporter(people, "west")
    for who, code in (("west office", "role_not_allowed"), ("west administrator", "bound_to_area")):
        answer = await people.erase(who, person)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (await people.get("west office", f"/v1/people/{person}", **WHY)).json()["name"] == WANG["name"]
    assert (await people.erase("administrator", str(uuid4()))).status_code == 404


async def test_an_erasure_says_who_did_it_and_not_who_it_was(people: Town) -> None:
    person = await reporter(people, "west")
    assert (await people.erase("administrator", person, key="once")).status_code == 204
    assert (await people.erase("administrator", person, key="once")).status_code == 204
    [event] = await people.city.parts.store.stream(PERSON.stream(person))
    assert event.actor == (await people.get("administrator", "/v1/me")).json()["id"]
    assert (event.type, person in event.data.decode()) == ("person.erased.v1", True)
    assert orjson.loads(event.data)["reason"] == "本人书面要求删除"
    assert WANG["name"] not in event.data.decode()


async def test_nobody_is_erased_who_may_still_act(people: Town) -> None:
    body = {"role": "leader", "name": "张三", "phone": "13700000000"}
    person = (await people.post("administrator", "/v1/principals", body)).json()["id"]
    refused = await people.erase("administrator", person)
    assert (refused.status_code, refused.json()["code"]) == (409, "principal_still_active")
    assert (await people.get("administrator", f"/v1/people/{person}", **WHY)).json()["name"] == "张三"
    await people.deactivate(person)
    assert (await people.erase("administrator", person, key="e")).status_code == 204
    assert (await people.erase("administrator", person, key="e")).status_code == 204
    assert (await people.get("administrator", f"/v1/people/{person}", **WHY)).json()["name"] is None
    other = await people.erase("administrator", person, key="e", reason="另一理由")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("王女士要求删除", 422, "reason_names_the_person"),
        ("王 女士 要求删除", 422, "reason_names_the_person"),
        ("来电 138-0000-0000 要求", 422, "reason_names_the_person"),
        ("", 422, "input_invalid"),
        ("  \n", 422, "input_invalid"),
        ("字" * 2001, 422, "input_invalid"),
    ],
)
async def test_an_erasure_needs_a_reason_that_does_not_say_who_it_was(
    people: Town, reason: str, status: int, code: str
) -> None:
    person = await reporter(people, "west")
    refused = await people.erase("administrator", person, reason=reason)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await people.get("administrator", f"/v1/people/{person}", **WHY)).json()["status"] == "kept"
    headers = {"Idempotency-Key": "none"}
    without = await people.ask("administrator", "DELETE", f"/v1/people/{person}", headers=headers)
    assert (without.status_code, without.json()["code"]) == (422, "input_invalid")
    rows = await people.city.parts.pool.fetch("SELECT entry, data FROM es.event")
    assert not any("王女士".encode() in row["entry"] + row["data"] for row in rows)


async def test_the_same_key_with_another_name_is_refused(people: Town) -> None:
    body = {"role": "leader", "name": "张三", "phone": "137"}
    registered = await people.post("administrator", "/v1/principals", body, key="r")
    assert (await people.post("administrator", "/v1/principals", body, key="r")).json() == registered.json()
    other = await people.post("administrator", "/v1/principals", {**body, "name": "李四"}, key="r")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    path = registered.headers["location"]
    change = {**body, "reason": "更正"}
    assert (await put(people, path, change, "c")).status_code == 200
    for replaced in ({"name": "李四"}, {"phone": "138"}):
        other = await put(people, path, {**change, **replaced}, "c")
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert (await people.get("administrator", path)).json()["name"] == "张三"


async def test_a_change_that_comes_again_brings_nobody_back(people: Town) -> None:
    registered = await people.post("administrator", "/v1/principals", {"role": "leader", "name": "张三"}, key="r")
    path = registered.headers["location"]
    change = {"role": "leader", "name": "张三丰", "reason": "更正"}
    first = await put(people, path, change, "c")
    await people.deactivate(registered.json()["id"])
    assert (await people.erase("administrator", registered.json()["id"])).status_code == 204
    assert (await put(people, path, change, "c")).json() == first.json()
    assert (await people.get("administrator", path)).json()["name"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/units/parks", {"name": {"zh": "园林", "en": "Parks"}, "reason": "更名"}),
        ("POST", "/v1/units", {"code": "new", "name": {"zh": "新", "en": "New"}}),
        ("POST", "/v1/areas/west/abolish", {"reason": "区划调整"}),
        ("POST", "/v1/principals", {"role": "administrator"}),
    ],
)
async def test_whoever_is_bound_to_an_area_does_not_rule_the_city(
    people: Town, method: str, path: str, body: Any
) -> None:
    answer = await people.ask("west administrator", method, path, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (403, "bound_to_area")


async def test_a_handler_sees_what_became_of_what_they_reported(people: Town) -> None:
    answer = await people.post("gardener", "/v1/items", issue_data(area="west"))
    path = answer.headers["location"]
    assert (await people.get("gardener", path)).json()["unit"] == "cleaning"
    assert (await people.get("gardener", f"{path}/history")).status_code == 200
    [listed] = (await people.get("gardener", "/v1/items")).json()["items"]
    assert listed["id"] == answer.json()["id"]
    assert await people.refused("gardener", answer.json()["id"], "accept") == (409, "not_your_unit")
    assert (await people.get("crew", path)).status_code == 404
    assert (await people.get("cleaner", path)).status_code == 200
