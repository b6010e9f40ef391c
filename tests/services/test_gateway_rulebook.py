"""Catalogues, policies, calendars: published version by version, read by everybody, never changed."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.gateway import document_examples as examples
from tests.services.gateway_samples import City, empty_city, issue_event, policy, small_city

STRUCTURED = "application/cloudevents+json"


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


async def post(city: City, path: str, body: Any, who: str = "administrator", key: str | None = None) -> httpx.Response:
    async with city.client(who) as client:
        return await client.post(
            path, json=body, headers={"Idempotency-Key": key or f"{path} {body}"[:20].encode().hex()}
        )


async def get(city: City, path: str, who: str = "auditor") -> httpx.Response:
    async with city.client(who) as client:
        return await client.get(path)


async def test_a_city_is_set_up_through_the_api_alone(database: DatabaseAddresses) -> None:
    async with empty_city(database) as city:
        for path, body in (
            ("/v1/units", {"code": "cleaning", "name": {"zh": "环卫", "en": "Cleaning"}}),
            (
                "/v1/areas",
                {"code": "east", "name": {"zh": "东街", "en": "East"}, "kind": "street", "owner": "cleaning"},
            ),
            ("/v1/calendars", examples.CALENDAR),
            ("/v1/catalogues", examples.CATALOGUE),
            ("/v1/policies", examples.POLICY),
            ("/v1/standards", examples.STANDARD),
        ):
            answer = await post(city, path, body, key=path)
            assert answer.status_code == 201, answer.text
            found = await get(city, answer.headers["location"], "administrator")
            assert found.status_code == 200
        ready = await get(city, "/ready", "administrator")
        assert ready.json() == {"ready": True, "missing": None}


async def test_the_next_version_is_in_force_at_once(city: City) -> None:
    answer = await post(city, "/v1/policies", policy(2, dispatching="manual").model_dump(mode="json"))
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/policies/city@2")
    assert (await get(city, "/v1/policies/city/current")).json()["version"] == 2
    assert (await get(city, "/v1/policies/city@1")).json()["dispatching"] == "automatic"
    async with city.client() as client:
        event = await client.post("/v1/events", json=issue_event(), headers={"Content-Type": STRUCTURED})
    assert event.json()["status"] == "registered"


async def test_versions_are_listed_with_the_newest_marked(city: City) -> None:
    await post(city, "/v1/policies", policy(2).model_dump(mode="json"))
    listed = (await get(city, "/v1/policies")).json()
    assert [(each["ref"], each["newest"]) for each in listed] == [("city@1", False), ("city@2", True)]
    assert [each["ref"] for each in (await get(city, "/v1/catalogues")).json()] == ["city@1"]
    assert [each["ref"] for each in (await get(city, "/v1/calendars")).json()] == ["cn@1"]


@pytest.mark.parametrize("version", [1, 3])
async def test_versions_come_in_order(city: City, version: int) -> None:
    answer = await post(city, "/v1/policies", policy(version).model_dump(mode="json"))
    assert (answer.status_code, answer.json()["code"]) == (409, "version_out_of_order")
    assert answer.json()["facts"]["expected"] == 2


async def test_publishing_again_under_the_same_key_is_answered_again(city: City) -> None:
    body = policy(2).model_dump(mode="json")
    first = await post(city, "/v1/policies", body, key="k")
    again = await post(city, "/v1/policies", body, key="k")
    other = await post(city, "/v1/policies", policy(2, max_extensions=1).model_dump(mode="json"), key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_only_office_and_administrator_publish(city: City) -> None:
    for who in ("auditor", "hotline"):
        answer = await post(city, "/v1/policies", policy(2).model_dump(mode="json"), who=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert (await post(city, "/v1/policies", policy(2).model_dump(mode="json"), who="office")).status_code == 201


async def test_a_policy_names_only_what_exists(city: City) -> None:
    body = policy(2).model_dump(mode="json")
    for change, code in (
        ({"catalogue_id": "other"}, "unknown_document"),
        ({"calendar_id": "other"}, "unknown_document"),
        ({"routing": [{"unit": "nobody"}]}, "unknown_unit"),
        ({"routing": [{"unit": "cleaning", "area": "nowhere"}]}, "unknown_area"),
    ):
        answer = await post(city, "/v1/policies", {**body, **change}, key=str(hash(str(change))))
        assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"limits": {}}, "/limits"),
        ({"version": True}, "/version"),
        ({"version": "2"}, "/version"),
        ({"limits": {"accept": {"kind": "working_days", "amount": -1}}}, "/limits/accept/amount"),
        ({"limits": {"accept": {"kind": "fortnights", "amount": 1}}}, "/limits/accept/kind"),
        ({"colour": "red"}, "/colour"),
        ({"policy_id": "../etc"}, "/policy_id"),
    ],
)
async def test_a_faulty_policy_is_told_where_its_fault_is(city: City, change: dict[str, Any], pointer: str) -> None:
    answer = await post(city, "/v1/policies", {**policy(2).model_dump(mode="json"), **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


async def test_a_calendar_that_contradicts_itself_is_refused(city: City) -> None:
    calendar = {**examples.CALENDAR["calendar"], "version": "cn@2"}
    for change in (
        {"timezone": "Mars/Olympus"},
        {"sessions": ["18:00-08:00"]},
        {"sessions": ["08:00-12:00", "11:00-14:00"]},
        {"working_weekdays": [7]},
        {"exceptions": {"2026-02-30": True}},
        {"version": "cn@7"},
    ):
        body = {"calendar_id": "cn", "version": 2, "calendar": {**calendar, **change}}
        answer = await post(city, "/v1/calendars", body, key=str(sorted(change)))
        assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid"), change


async def test_days_tell_work_holidays_and_what_is_provisional(city: City) -> None:
    days = (await get(city, "/v1/calendars/cn@1/days?from=2026-09-30&to=2026-10-10")).json()
    assert [day["day"] for day in days][:2] == ["2026-09-30", "2026-10-01"]
    assert (days[0]["working"], days[0]["exception"]) == (True, False)
    assert (days[1]["working"], days[1]["exception"]) == (False, True)
    assert not any(day["provisional"] for day in days)
    [beyond] = (await get(city, "/v1/calendars/cn@1/days?from=2031-01-01&to=2031-01-01")).json()
    assert beyond["provisional"]


async def test_days_are_asked_for_in_reason(city: City) -> None:
    many = (await get(city, "/v1/calendars/cn@1/days?from=1900-01-01&to=2199-12-31")).json()
    assert len(many) == 400
    assert (await get(city, "/v1/calendars/cn@1/days?from=2026-10-02&to=2026-10-01")).json() == []
    for query in ("", "?from=x&to=y", "?from=0001-01-01&to=2026-01-01", "?from=2026-01-01&to=9999-12-31"):
        assert (await get(city, f"/v1/calendars/cn@1/days{query}")).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/v1/policies/city@9",
        "/v1/policies/other/current",
        "/v1/catalogues/city@0",
        "/v1/catalogues/other/current",
        "/v1/standards/city@1",
        "/v1/standards/other/current",
        "/v1/calendars/%00",
        "/v1/calendars/other/current",
        "/v1/calendars/cn@9/days?from=2026-01-01&to=2026-01-01",
    ],
)
async def test_what_was_never_published_is_not_found(city: City, path: str) -> None:
    answer = await get(city, path)
    assert (answer.status_code, answer.json()["code"]) in {(404, "no_such_document"), (400, "unstorable_text")}


async def test_reading_the_rulebook_needs_a_key(city: City) -> None:
    async with city.client() as client:
        answer = await client.get("/v1/policies", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_a_standard_is_published_version_by_version(city: City) -> None:
    assert (await post(city, "/v1/standards", examples.STANDARD, key="1")).status_code == 201
    again = await post(city, "/v1/standards", examples.STANDARD, key="2")
    assert (again.status_code, again.json()["code"]) == (409, "version_out_of_order")
    assert (await post(city, "/v1/standards", {**examples.STANDARD, "version": 2}, key="3")).status_code == 201
    listed = (await get(city, "/v1/standards")).json()
    assert [(each["ref"], each["newest"]) for each in listed] == [("city@1", False), ("city@2", True)]
    assert (await get(city, "/v1/standards/city/current")).json()["version"] == 2
    assert (await get(city, "/v1/standards/city@1")).json()["nodes"][1]["at_most"] == "0"


def _nested(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for level in range(levels, 0, -1):
        found = {"code": str(level), "name": {"zh": "项", "en": "Node"}, "children": [found] if found else []}
    return found


@pytest.mark.parametrize(
    ("node", "pointer"),
    [
        ({"indicator": "happiness", "at_least": "1"}, "/nodes/0/indicator"),
        ({"indicator": "closure"}, "/nodes/0"),
        ({"indicator": "closure", "at_least": "1", "at_most": "2"}, "/nodes/0"),
        ({"at_most": "2"}, "/nodes/0"),
        ({"weight": "-1"}, "/nodes/0/weight"),
        ({"children": [{"code": "1", "name": {"zh": "项", "en": "Node"}}]}, ""),
        ({"children": [_nested(6)]}, ""),
    ],
)
async def test_a_faulty_standard_is_told_where_its_fault_is(city: City, node: dict[str, Any], pointer: str) -> None:
    faulty = {"code": "1", "name": {"zh": "项", "en": "Node"}, **node}
    answer = await post(city, "/v1/standards", {**examples.STANDARD, "nodes": [faulty]})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize("levels", [50, 150, 400])
async def test_a_bottomless_standard_is_refused_without_a_fault_of_ours(city: City, levels: int) -> None:
    answer = await post(city, "/v1/standards", {**examples.STANDARD, "nodes": [_nested(levels)]})
    assert answer.status_code in {400, 422}


async def test_a_standard_names_units_that_exist(city: City) -> None:
    nodes = [{"code": "1", "name": {"zh": "项", "en": "Node"}, "unit": "nobody"}]
    answer = await post(city, "/v1/standards", {**examples.STANDARD, "nodes": nodes})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_unit")
