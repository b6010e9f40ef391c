"""What did not follow over HTTP: newest first, page by page, for those who look after supervision."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.store.consequence_queries import ConsequenceQueries
from tests.services.gateway_samples import City, small_city

PATH = "/v1/consequences/passed-over"


async def get(city: City, who: str, **query: Any) -> httpx.Response:
    async with city.client(who) as client:
        return await client.get(PATH, params=query)


async def test_it_is_listed_with_the_reason_page_by_page(database: DatabaseAddresses):
    async with small_city(database) as city:
        queries = ConsequenceQueries(city.parts.pool)
        for number in range(5):
            # Several of one bulletin share its position.
            await queries.pass_over(7 + number // 3, UUID(int=number), "act", "unknown_unit", {"unit": "gone"})
        await queries.pass_over(7, UUID(int=1), "act", "already_accused", {})
        first = (await get(city, "office", limit=2)).json()
        second = (await get(city, "office", limit=2, cursor=first["next_cursor"])).json()
        third = (await get(city, "office", limit=2, cursor=second["next_cursor"])).json()
        pages = [*first["passed_over"], *second["passed_over"], *third["passed_over"]]
        assert [(each["position"], UUID(each["id"]).int) for each in pages] == [(8, 4), (8, 3), (7, 2), (7, 1), (7, 0)]
        assert third["next_cursor"] is None
        assert {each["code"] for each in pages} == {"unknown_unit"}
        assert "gone" in pages[0]["reason"]


@pytest.mark.parametrize("role", [Role.HANDLER, Role.INSPECTOR])
async def test_it_is_no_business_of_units(database: DatabaseAddresses, role: Role):
    async with small_city(database) as city:
        await city.admit("somebody", Standing(role=role, unit="cleaning"))
        answer = await get(city, "somebody")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


async def test_whoever_is_bound_to_an_area_does_not_see_the_whole_city(database: DatabaseAddresses):
    async with small_city(database) as city:
        await city.admit("east-office", Standing(role=Role.OFFICE, area="east"))
        assert (await get(city, "east-office")).json()["code"] == "bound_to_area"
