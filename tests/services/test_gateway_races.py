"""What is decided by looking at others holds although everybody asks at once: the later sees what the earlier did."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from tests.services.gateway_samples import City
from tests.services.item_city import Town, town

NAME = {"zh": "某单位", "en": "Some unit"}


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


async def put(city: City, path: str, body: Any, who: str = "administrator", key: str = "") -> httpx.Response:
    async with city.client(who) as client:
        return await client.put(path, json=body, headers={"Idempotency-Key": key or f"put{path}"})


async def statuses(*answers: Any) -> list[int]:
    return sorted([answer.status_code for answer in await asyncio.gather(*answers)])


async def test_of_two_units_only_one_comes_above_the_other(people: Town) -> None:
    above = [{"name": NAME, "parent": parent, "reason": "调整"} for parent in ("parks", "cleaning")]
    found = await statuses(
        put(people.city, "/v1/units/cleaning", above[0]), put(people.city, "/v1/units/parks", above[1])
    )
    assert found == [200, 422]
    tree = (await people.get("office", "/v1/units/tree")).json()
    assert "cleaning" in str(tree)
    assert "parks" in str(tree)


async def test_of_two_areas_only_one_comes_above_the_other(people: Town) -> None:
    above = [{"name": NAME, "kind": "street", "parent": parent, "reason": "调整"} for parent in ("west", "east")]
    found = await statuses(put(people.city, "/v1/areas/east", above[0]), put(people.city, "/v1/areas/west", above[1]))
    assert found == [200, 422]


async def test_many_changes_at_once_do_not_starve_each_other_of_connections(people: Town) -> None:
    body = {"name": NAME, "reason": "更名"}
    changes = [put(people.city, "/v1/units/parks", body, key=f"k{number}") for number in range(40)]
    readings = [people.get("office", "/v1/items") for _ in range(40)]
    assert set(await statuses(*changes, *readings)) == {200}
    assert (await people.get("office", "/v1/units/parks")).json()["name"] == NAME


async def test_of_two_duplicates_of_each_other_one_carries_on(people: Town) -> None:
    first, second = await people.reported(), await people.reported()
    found = await statuses(
        people.post("office", f"/v1/items/{first}/merge", {"into": second, "reason": "重复"}),
        people.post("office", f"/v1/items/{second}/merge", {"into": first, "reason": "重复"}),
    )
    assert found == [200, 409]
    assert sorted([await people.status(first), await people.status(second)]) == ["dispatched", "merged"]


async def test_nothing_is_merged_into_an_item_that_ends_at_that_moment(people: Town) -> None:
    for number in range(5):
        duplicate, other = await people.reported(), await people.reported()
        body = {"into": other, "reason": "重复"}
        await asyncio.gather(
            people.post("office", f"/v1/items/{duplicate}/merge", body, key=f"m{number}"),
            people.post("office", f"/v1/items/{other}/void", {"reason": "误报"}),
        )
        absorbed = (await people.get("office", f"/v1/items/{other}")).json()["absorbed"]
        assert (await people.status(duplicate) == "merged") == (absorbed == [duplicate])
        again = await people.post("office", f"/v1/items/{duplicate}/merge", body, key=f"m{number}")
        assert (again.status_code == 200) == bool(absorbed)


async def test_many_duplicates_are_merged_into_one_item_at_once(people: Town) -> None:
    one, *others = [await people.reported() for _ in range(6)]
    found = await statuses(
        *(people.post("office", f"/v1/items/{item}/merge", {"into": one, "reason": "重复"}) for item in others)
    )
    assert found == [200] * 5
    view = (await people.get("office", f"/v1/items/{one}")).json()
    assert sorted(view["absorbed"]) == sorted(others)
    history = (await people.get("office", f"/v1/items/{one}/history")).json()["events"]
    number = (await people.get("office", f"/v1/items/{others[0]}")).json()["number"]
    assert any(number in event["sentence"] for event in history)
    assert view["status"] == "dispatched"


async def test_of_two_administrators_who_depose_each_other_one_remains(people: Town) -> None:
    await people.city.admit("second", Standing(role=Role.ADMINISTRATOR))
    ids = {who: (await people.get(who, "/v1/me")).json()["id"] for who in ("administrator", "second")}
    found = await statuses(
        people.post("administrator", f"/v1/principals/{ids['second']}/deactivate", {"reason": "离任"}),
        people.post("second", f"/v1/principals/{ids['administrator']}/deactivate", {"reason": "离任"}),
    )
    assert found == [200, 401]
    assert sorted([(await people.get(who, "/v1/me")).status_code for who in ids]) == [200, 401]


async def test_a_key_asked_for_many_times_at_once_is_shown_once_and_works(people: Town) -> None:
    principal = (await people.get("leader", "/v1/me")).json()["id"]
    asked = [people.post("administrator", f"/v1/principals/{principal}/keys", key="one") for _ in range(6)]
    answers = await asyncio.gather(*asked)
    assert sorted([answer.status_code for answer in answers]) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"api_key_shown_once"}
    [issued] = [answer.json() for answer in answers if answer.status_code == 201]
    people.city.keys["leader anew"] = issued["key"]
    assert (await people.get("leader anew", "/v1/me")).json()["id"] == principal


async def test_a_key_that_was_refused_can_be_asked_for_again_under_the_same_idempotency_key(people: Town) -> None:
    path = f"/v1/principals/{(await people.get('leader', '/v1/me')).json()['id']}"
    issued = [(await people.post("administrator", f"{path}/keys")).json() for _ in range(19)]
    refused = await people.post("administrator", f"{path}/keys", key="one-too-many")
    assert refused.json()["code"] == "too_many_api_keys"
    await people.post("administrator", f"{path}/keys/{issued[0]['key_id']}/revoke", {"reason": "不用"})
    assert (await people.post("administrator", f"{path}/keys", key="one-too-many")).status_code == 201
