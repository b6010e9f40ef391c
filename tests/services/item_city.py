"""The small city with more units and people, and a shorthand for what they do to items."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

from domain.actor import Role
from domain.organisation.commands import RegisterArea, RegisterUnit
from domain.organisation.state import Area, Unit
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import AREA, UNIT
from tests.services.gateway_samples import City, issue_data, small_city, text

PHOTO = {"uri": "https://photos.example/after.jpg", "kind": "after"}
DONE = {"account": "已清运", "evidence": [PHOTO]}


class Town:
    """Everybody in it, each with a client of their own."""

    def __init__(self, city: City) -> None:
        self.city = city

    async def ask(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        async with self.city.client(who) as client:
            return await client.request(method, path, **request)

    async def get(self, who: str, path: str, **parameters: Any) -> httpx.Response:
        return await self.ask(who, "GET", path, params=parameters)

    async def post(
        self, who: str, path: str, body: Any = None, key: str | None = None, **headers: str
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4()), **headers}
        return await self.ask(who, "POST", path, json=body, headers=headers)

    async def erase(
        self, who: str, person: str, key: str | None = None, reason: str = "本人书面要求删除"
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self.ask(who, "DELETE", f"/v1/people/{person}", json={"reason": reason}, headers=headers)

    async def deactivate(self, person: str) -> None:
        answer = await self.post("administrator", f"/v1/principals/{person}/deactivate", {"reason": "离职"})
        assert answer.status_code == 200, answer.text

    async def reported(self, who: str = "office", **changes: Any) -> str:
        answer = await self.post(who, "/v1/items", issue_data(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def does(self, who: str, item: str, command: str, body: Any = None) -> dict[str, Any]:
        answer = await self.post(who, f"/v1/items/{item}/{command}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, who: str, item: str, command: str, body: Any = None) -> tuple[int, str]:
        answer = await self.post(who, f"/v1/items/{item}/{command}", body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    async def status(self, item: str) -> str:
        return (await self.get("office", f"/v1/items/{item}")).json()["status"]

    async def submitted(self, **changes: Any) -> str:
        item = await self.reported(**changes)
        await self.does("cleaner", item, "accept")
        await self.does("cleaner", item, "submit", DONE)
        return item

    async def closed(self, **changes: Any) -> str:
        item = await self.submitted(**changes)
        await self.does("inspector", item, "pass")
        return item


@asynccontextmanager
async def town(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with small_city(database) as city:
        units = (
            Unit(code="cleaning-1", name=text("清扫一队"), parent="cleaning"),
            Unit(code="parks", name=text("园林处")),
        )
        for unit in units:
            await city.publish(UNIT, unit.code, RegisterUnit, unit=unit)
        for code in ("west", "east-1"):
            parent = "east" if code == "east-1" else "city"
            area = Area(code=code, name=text(code), kind="street", parent=parent)
            await city.publish(AREA, code, RegisterArea, area=area)
        await city.admit("cleaner", Standing(role=Role.HANDLER, unit="cleaning"))
        await city.admit("crew", Standing(role=Role.HANDLER, unit="cleaning-1"))
        await city.admit("gardener", Standing(role=Role.HANDLER, unit="parks"))
        await city.admit("inspector", Standing(role=Role.INSPECTOR))
        await city.admit("own inspector", Standing(role=Role.INSPECTOR, unit="cleaning-1"))
        await city.admit("east inspector", Standing(role=Role.INSPECTOR, area="east"))
        await city.admit("leader", Standing(role=Role.LEADER))
        yield Town(city)
