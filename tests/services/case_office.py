"""Accountability cases for tests over HTTP: a small city, who is who in it, and what they do about a case."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from domain.actor import Actor, Role
from domain.organisation.commands import RegisterUnit
from domain.organisation.state import Unit
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import UNIT
from tests.services.gateway_samples import City, issue_event, principal_of, small_city, text

WORKER = Actor(principal="service:worker", role=Role.SYSTEM)
NEW: dict[str, Any] = {"unit": "cleaning", "title": {"zh": "弄虚作假", "en": "False reports"}, "reason": "暗访发现"}
FINDING = {"finding": "属实", "proposed": "education"}
DECISION = {"measure": "admonition", "reasons": "情节较重", "persons": [principal_of("cleaner")]}
REJECTED = {"upheld": False, "reasons": "事实清楚"}
UPHELD = {"upheld": True, "measure": "education", "reasons": "已整改"}


@asynccontextmanager
async def case_office(database: DatabaseAddresses) -> AsyncGenerator[City]:
    """The city with units one below the other, and everybody who has a say in a case."""
    async with small_city(database) as opened:
        squad = Unit(code="squad", name=text("清运中队"), parent="cleaning")
        await opened.publish(UNIT, "squad", RegisterUnit, unit=squad)
        for name, unit in (("cleaner", "cleaning"), ("sweeper", "squad"), ("clerk", "office")):
            await opened.admit(name, Standing(role=Role.HANDLER, unit=unit))
        await opened.admit("inspector", Standing(role=Role.INSPECTOR))
        await opened.admit("leader", Standing(role=Role.LEADER))
        await opened.admit("deputy", Standing(role=Role.LEADER, unit="office"))
        await opened.admit("accused-leader", Standing(role=Role.LEADER, unit="cleaning"))
        await opened.admit("east-office", Standing(role=Role.OFFICE, area="east"))
        yield opened


async def post(city: City, who: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
    async with city.client(who, **{"Idempotency-Key": key or str(uuid4())}) as client:
        return await client.post(path, json=body if body is not None else {})


async def get(city: City, who: str, path: str, **query: Any) -> httpx.Response:
    async with city.client(who) as client:
        return await client.get(path, params=query)


async def item_of(city: City) -> str:
    """The item on which cases rest, always the same one."""
    async with city.client("hotline", **{"Content-Type": "application/cloudevents+json"}) as client:
        return (await client.post("/v1/events", json=issue_event())).json()["id"]


async def opened(city: City, who: str = "office", **changes: Any) -> str:
    """A case opened by hand, with the item as its ground unless others are given."""
    grounds = {"items": [await item_of(city)]}
    answer = await post(city, who, "/v1/cases", {**NEW, "grounds": grounds, **changes})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/cases/{answer.json()['id']}"
    return answer.json()["id"]


async def does(city: City, who: str, case: str, command: str, body: Any = None) -> dict[str, Any]:
    city.clock.pass_by(timedelta(minutes=1))
    answer = await post(city, who, f"/v1/cases/{case}/{command}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(city: City, who: str, case: str, command: str, body: Any = None) -> tuple[int, str]:
    answer = await post(city, who, f"/v1/cases/{case}/{command}", body)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def shown(city: City, case: str, who: str = "office") -> dict[str, Any]:
    answer = await get(city, who, f"/v1/cases/{case}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def decided(city: City, **changes: Any) -> str:
    case = await opened(city)
    await does(city, "office", case, "notify")
    await does(city, "cleaner", case, "statement", {"statement": "已增派人手"})
    await does(city, "office", case, "finding", FINDING)
    await does(city, "leader", case, "decide", {**DECISION, **changes})
    return case


async def file(city: City, ref: dict[str, Any]) -> bytes:
    kept = await city.parts.desk.document(ref["sha256"])
    assert kept is not None
    return kept.content
