"""A city with two units whose work is counted: what the tests of indicators and bulletins talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from domain.actor import Actor, Role
from domain.item import commands as c
from domain.item.values import Channel, Evidence, Issue
from domain.organisation.commands import RegisterUnit
from domain.organisation.state import Unit
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM, UNIT
from services.handling.command_handler import Wish
from services.store.pools import prepare
from services.store.projections import FactProjection
from tests.services.gateway_samples import NOW, City, small_city, text

OFFICE = Actor(principal="office", role=Role.OFFICE)
HANDLER = Actor(principal="handler", role=Role.HANDLER, unit="cleaning")
PARKS = Actor(principal="gardener", role=Role.HANDLER, unit="parks")
NEXT_MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
TUESDAY = NEXT_MONDAY + timedelta(days=1)


@dataclass
class Office:
    """A city with facts that are projected when told to, and somebody who asks."""

    city: City
    projection: FactProjection
    database: DatabaseAddresses
    reported: int = 0

    async def get(self, path: str, who: str = "office", language: str = "zh", **query: Any) -> httpx.Response:
        async with self.city.client(who, **{"Accept-Language": language}) as client:
            return await client.get(path, params=query)

    async def post(self, path: str, body: Any, who: str = "office", key: str = "1") -> httpx.Response:
        async with self.city.client(who, **{"Idempotency-Key": key}) as client:
            return await client.post(path, json=body)

    async def give(self, kind: type[Any], which: int, at: datetime, actor: Actor, **content: Any) -> None:
        item_id = ITEM.stream(f"hotline\n{which}")
        command = kind(command_id=f"{kind.__name__}{which}", at=at, actor=actor, **content)
        await self.city.parts.handler.handle(Wish(ITEM, item_id, command))

    async def report(self, at: datetime = NOW, **issue: Any) -> int:
        self.reported = number = self.reported + 1
        details = {"channel": Channel.HOTLINE, "category": "rubbish", "area": "east", "title": "垃圾满溢", **issue}
        await self.give(
            c.ReportIssue,
            number,
            at,
            OFFICE,
            item_id=ITEM.stream(f"hotline\n{number}"),
            number=f"2026-{number:07d}",
            issue=Issue(source="12345-hotline", source_id=str(number), **details),
            reported_at=at,
        )
        return number

    async def work(self, number: int, accepted: datetime, submitted: datetime | None, actor: Actor = HANDLER) -> None:
        await self.give(c.AcceptItem, number, accepted, actor)
        if submitted:
            done = {"account": "已清运", "evidence": (Evidence(uri="https://photos.example/1.jpg"),)}
            await self.give(c.SubmitRectification, number, submitted, actor, **done)

    async def to_parks(self, number: int, at: datetime) -> None:
        await self.give(c.TransferItem, number, at, OFFICE, unit="parks", reason="绿地内")

    async def project(self) -> None:
        sequencer = await asyncpg.connect(self.database.sequencer)
        await sequencer.fetchval("SELECT es.sequence_tick()")
        await sequencer.close()
        while await self.projection.step(1000):
            pass


@asynccontextmanager
async def opened(database: DatabaseAddresses) -> AsyncIterator[Office]:
    """Two units: cleaning did one of two things in time, parks nothing in time; it is Tuesday."""
    connection = await asyncpg.connect(database.app)
    await prepare(connection)
    projection = FactProjection(connection)
    assert await projection.begin()
    async with small_city(database) as city:
        await city.publish(UNIT, "parks", RegisterUnit, unit=Unit(code="parks", name=text("园林局")))
        await city.admit("handler", Standing(role=Role.HANDLER, unit="cleaning"))
        await city.admit("leader", Standing(role=Role.LEADER))
        place = Office(city, projection, database)
        first, second, third = [await place.report() for _ in range(3)]
        await place.to_parks(third, NOW)
        morning = NEXT_MONDAY + timedelta(hours=1)
        await place.work(first, morning, morning + timedelta(minutes=5))
        await place.work(second, morning, None)
        await place.work(third, morning, None, PARKS)
        city.clock.at = TUESDAY + timedelta(hours=4)
        await place.project()
        yield place
    await connection.close()
