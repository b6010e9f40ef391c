"""Who gets in, what they see, and that nothing outside their scope exists for them."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.gateway.administrator import ensure_administrator, renew_administrator_key
from services.gateway.item_commands import ITEM_COMMANDS
from services.handling.aggregates import UNIT
from services.settings import Settings
from tests.services.gateway_samples import issue_data
from tests.services.item_city import DONE, Town, town


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


def changed_last(key: str) -> str:
    return key[:-1] + ("A" if key[-1] != "A" else "B")


async def test_nobody_gets_in_without_a_key_in_force(people: Town) -> None:
    right = people.city.keys["office"]
    headers: list[dict[str, str]] = [{}]
    headers += [
        {"Authorization": value}
        for value in (
            "",
            "Bearer",
            right,
            f"Basic {right}",
            f"Bearer {changed_last(right)}",
            "Bearer duban_0000000000000000_x",
            "Bearer duban__",
            f"Bearer {right} x",
            "Bearer " + "x" * 5000,
        )
    ]
    for header in headers:
        async with people.city.client("office") as client:
            del client.headers["authorization"]
            answer = await client.get("/v1/items", headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), header
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_bearer_scheme_in_any_case_is_taken(people: Town) -> None:
    answer = await people.ask(
        "office", "GET", "/v1/me", headers={"Authorization": f"bearer {people.city.keys['office']}"}
    )
    assert answer.json()["role"] == "office"


async def test_the_secret_stands_nowhere_in_the_database(people: Town) -> None:
    secret = people.city.keys["office"].split("_", 2)[2]
    rows = await people.city.parts.pool.fetch("SELECT to_jsonb(k)::text AS row FROM private.api_key k")
    events = await people.city.parts.pool.fetch("SELECT convert_from(data, 'UTF8') AS row FROM es.event")
    assert rows
    assert events
    assert all(secret not in str(row["row"]) for row in (*rows, *events))


async def test_an_administrator_registers_somebody_issues_a_key_and_revokes_it(people: Town) -> None:
    body = {"role": "handler", "unit": "parks", "name": "李经办", "phone": "139"}
    registered = await people.post("administrator", "/v1/principals", body)
    assert registered.status_code == 201
    path = registered.headers["location"]
    issued = await people.post("administrator", f"{path}/keys", key="first")
    assert issued.status_code == 201
    people.city.keys["li"] = issued.json()["key"]
    assert (await people.get("li", "/v1/me")).json()["unit"] == "parks"

    again = await people.post("administrator", f"{path}/keys", key="first")
    assert (again.status_code, again.json()["code"]) == (409, "api_key_shown_once")
    assert again.json()["facts"] == {"key_id": issued.json()["key_id"]}
    assert (await people.get("li", "/v1/me")).status_code == 200, "asking again does not void the key"

    shown = (await people.get("administrator", path)).json()
    assert (shown["name"], shown["keys"]) == ("李经办", [issued.json()["key_id"]])
    revoke = f"{path}/keys/{issued.json()['key_id']}/revoke"
    assert (await people.post("administrator", revoke, {"reason": "遗失"})).status_code == 200
    assert (await people.get("li", "/v1/me")).status_code == 401


async def test_a_deactivated_principal_is_out_at_once_and_its_unit_can_be_changed_before(people: Town) -> None:
    principal = (await people.get("gardener", "/v1/me")).json()["id"]
    path = f"/v1/principals/{principal}"
    change = {"role": "handler", "unit": "cleaning", "reason": "调岗"}
    headers = {"Idempotency-Key": str(uuid4())}
    assert (await people.ask("administrator", "PUT", path, json=change, headers=headers)).status_code == 200
    assert (await people.get("gardener", "/v1/me")).json()["unit"] == "cleaning"
    assert (await people.post("administrator", f"{path}/deactivate", {"reason": "离职"})).status_code == 200
    assert (await people.get("gardener", "/v1/me")).status_code == 401
    gone = await people.post("administrator", f"{path}/keys")
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_principal")


async def test_administrators_cannot_lock_themselves_out(people: Town) -> None:
    own = (await people.get("administrator", "/v1/me")).json()["id"]
    answer = await people.post("administrator", f"/v1/principals/{own}/deactivate", {"reason": "x"})
    assert answer.json()["code"] == "administrator_would_lock_oneself_out"


async def test_only_administrators_register_and_only_they_and_auditors_read_principals(people: Town) -> None:
    answer = await people.post("office", "/v1/principals", {"role": "leader"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert (await people.get("office", "/v1/principals")).status_code == 403
    page = (await people.get("auditor", "/v1/principals", limit=3)).json()
    following = (await people.get("auditor", "/v1/principals", limit=200, after=page["next_after"])).json()
    assert len(page["principals"]) == 3
    assert not {each["id"] for each in page["principals"]} & {each["id"] for each in following["principals"]}


@pytest.mark.parametrize(
    "body",
    [
        {"role": "handler"},
        {"role": "system"},
        {"role": "office", "sources": ["x"]},
        {"role": "king"},
        {"role": "office", "unit": "nowhere"},
        {"role": "office", "area": "nowhere"},
        {},
    ],
)
async def test_a_principal_without_what_its_role_needs_is_refused(people: Town, body: dict[str, object]) -> None:
    assert (await people.post("administrator", "/v1/principals", body)).status_code == 422


async def test_no_name_of_a_person_stands_in_an_event(people: Town) -> None:
    await people.post("administrator", "/v1/principals", {"role": "leader", "name": "赵副市长", "phone": "137"})
    events = await people.city.parts.pool.fetch("SELECT convert_from(data, 'UTF8') AS data FROM es.event")
    assert all("赵副市长" not in event["data"] for event in events)


async def test_what_lies_outside_the_scope_does_not_exist(people: Town) -> None:
    item = await people.reported(area="west")
    for stranger in ("gardener", "crew", "hotline", "east inspector"):
        for part in ("", "/history", "/as-of"):
            answer = await people.get(stranger, f"/v1/items/{item}{part}")
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_item"), (stranger, part)
        assert (await people.get(stranger, "/v1/items")).json()["items"] == []
        assert (await people.get(stranger, "/v1/items/counts", by="status")).json()["total"] == 0
        for command in ITEM_COMMANDS:
            code = await people.refused(stranger, item, command.path, command.example or None)
            assert code == (404, "no_such_item"), (stranger, command.path)
    assert await people.status(item) == "dispatched"


async def test_a_unit_sees_what_lies_with_units_below_it(people: Town) -> None:
    item = await people.reported()
    await people.does("office", item, "dispatch", {"unit": "cleaning-1"})
    assert (await people.get("crew", f"/v1/items/{item}")).status_code == 200
    assert (await people.get("cleaner", f"/v1/items/{item}")).status_code == 200
    assert await people.refused("cleaner", item, "accept") == (409, "not_your_unit")
    await people.does("crew", item, "accept")


async def test_an_area_bounds_what_an_inspector_sees_and_reports(people: Town) -> None:
    east, below, west = [await people.reported(area=area) for area in ("east", "east-1", "west")]
    found = (await people.get("east inspector", "/v1/items")).json()["items"]
    assert {item["id"] for item in found} == {east, below}
    assert (await people.get("inspector", f"/v1/items/{west}")).status_code == 200
    answer = await people.post("east inspector", "/v1/items", issue_data(area="west"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_area")
    assert (await people.post("east inspector", "/v1/items", issue_data(area="east-1"))).status_code == 201


async def test_a_duplicate_is_not_merged_into_an_item_out_of_sight(people: Town) -> None:
    await people.city.admit("east office", Standing(role=Role.OFFICE, area="east"))
    here, there = await people.reported(), await people.reported(area="west")
    assert await people.refused("east office", here, "merge", {"into": there, "reason": "重复"}) == (
        409,
        "merge_target_not_open",
    )


async def test_an_id_of_something_else_is_no_item_and_no_principal(people: Town) -> None:
    unit = UNIT.stream("cleaning")
    assert await people.refused("office", str(unit), "comment", {"text": "x"}) == (404, "no_such_item")
    answer = await people.post("administrator", f"/v1/principals/{unit}/keys")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_principal")
    item = await people.reported()
    answer = await people.post("administrator", f"/v1/principals/{item}/deactivate", {"reason": "x"})
    assert answer.status_code == 404


async def test_leaders_and_auditors_look_and_do_not_touch(people: Town) -> None:
    item = await people.submitted()
    for who in ("leader", "auditor", "administrator"):
        assert (await people.get(who, f"/v1/items/{item}")).status_code == 200
        assert await people.refused(who, item, "pass") == (403, "role_not_allowed")
    assert await people.refused("leader", item, "submit", DONE) == (403, "role_not_allowed")


async def test_the_first_administrator_is_made_once_and_a_lost_key_renewed(database: DatabaseAddresses) -> None:
    settings = Settings.model_validate({"database_app_url": database.app})
    key = await ensure_administrator(settings)
    assert key is not None
    assert await ensure_administrator(settings) is None
    assert await renew_administrator_key(settings) != key
