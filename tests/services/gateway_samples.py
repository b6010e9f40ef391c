"""A gateway over a small city of its own, with callers in every role, for the tests of events and documents."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.ladder import STANDARD_LADDER
from domain.limits import Limit, LimitKind
from domain.organisation.commands import RegisterArea, RegisterUnit
from domain.organisation.state import Area, Unit
from domain.principal.commands import IssueApiKey, RegisterPrincipal
from domain.principal.state import Standing
from domain.rulebook.commands import PublishCalendar, PublishCatalogue, PublishPolicy
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy
from domain.text import Text
from services.calendar_seed import seed_calendar
from services.embedded.databases import DatabaseAddresses
from services.gateway.app import create_app
from services.gateway.authentication import new_key
from services.gateway.wiring import Gateway
from services.handling.aggregate import Aggregate
from services.handling.aggregates import AREA, CALENDAR, CATALOGUE, ITEM, POLICY, PRINCIPAL, UNIT
from services.handling.command_handler import Wish
from services.settings import Settings

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)  # a Friday, 11:00 in Shanghai
SOURCE = "12345-hotline"
_FOUNDER = Actor(principal="founder", role=Role.ADMINISTRATOR)


@dataclass
class Clock:
    """The gateway's clock, in the test's hand."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


@dataclass
class City:
    """What a test talks to."""

    app: FastAPI
    clock: Clock
    keys: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def parts(self) -> Gateway:
        return self.app.state.gateway

    def client(self, who: str = "hotline", **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {self.keys[who]}", **headers},
        )

    async def events_in_store(self) -> int:
        return await self.parts.pool.fetchval("SELECT count(*) FROM es.event WHERE kind = $1", ITEM.kind)

    async def publish(self, aggregate: Aggregate, key: str, command: type[Any], **fields: Any) -> None:
        stream = aggregate.stream(key)
        asked = command(command_id=f"setup:{aggregate.kind}:{key}", at=NOW, actor=_FOUNDER, **fields)
        await self.parts.handler.handle(Wish(aggregate, stream, asked))
        await self.parts.rulebooks.current(newest=True)

    async def admit(self, name: str, standing: Standing) -> None:
        principal_id = UUID(principal_of(name))
        key = new_key(principal_id.hex[:16])
        await self.parts.principals.add_key(key.key_id, principal_id, key.secret_sha256)
        fields: dict[str, Any] = {"at": NOW, "actor": _FOUNDER}
        registered = RegisterPrincipal(
            command_id=f"r{name}", principal_id=str(principal_id), standing=standing, **fields
        )
        await self.parts.handler.handle(Wish(PRINCIPAL, principal_id, registered))
        issued = IssueApiKey(command_id=f"k{name}", key_id=key.key_id, **fields)
        await self.parts.handler.handle(Wish(PRINCIPAL, principal_id, issued))
        self.keys[name] = key.text


def principal_of(name: str) -> str:
    """The id of somebody who was admitted."""
    return str(uuid5(PRINCIPAL.stream("test"), name))


def text(zh: str) -> Text:
    return Text(zh=zh, en=zh)


def hours(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_HOURS, amount=amount)


def policy(version: int = 1, **changes: Any) -> Policy:
    return Policy(
        policy_id="city",
        version=version,
        name=text("标准"),
        calendar_id="cn",
        catalogue_id="city",
        limits={kind: hours(8) for kind in ClockKind},
        ladders={ClockKind.RECTIFY: STANDARD_LADDER},
        **changes,
    )


@asynccontextmanager
async def empty_city(database: DatabaseAddresses, **settings: Any) -> AsyncIterator[City]:
    """A gateway with an administrator and nothing else."""
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="duban-test-") as keys:
        given = {"people_keys": SecretStr(keys), **settings}
        app = create_app(Settings(database_app_url=SecretStr(database.app), **given), clock)
        async with app.router.lifespan_context(app):
            city = City(app, clock)
            await city.admit("administrator", Standing(role=Role.ADMINISTRATOR))
            yield city


@asynccontextmanager
async def small_city(database: DatabaseAddresses, **settings: Any) -> AsyncIterator[City]:
    """A gateway with units, areas, two categories, a policy, and a caller for every role."""
    async with empty_city(database, **settings) as city:
        for code in ("office", "cleaning"):
            await city.publish(UNIT, code, RegisterUnit, unit=Unit(code=code, name=text(code)))
        area = Area(code="city", name=text("全市"), kind="city", owner="office")
        await city.publish(AREA, "city", RegisterArea, area=area)
        street = Area(code="east", name=text("东街"), kind="street", parent="city")
        await city.publish(AREA, "east", RegisterArea, area=street)
        calendar = CalendarDocument(calendar_id="cn", version=1, calendar=seed_calendar("cn@1"))
        await city.publish(CALENDAR, calendar.ref, PublishCalendar, document=calendar)
        categories = (Category(code="rubbish", name=text("垃圾清运"), lead_unit="cleaning"),)
        catalogue = Catalogue(catalogue_id="city", version=1, categories=categories)
        await city.publish(CATALOGUE, catalogue.ref, PublishCatalogue, document=catalogue)
        await city.publish(POLICY, "city@1", PublishPolicy, document=policy())
        await city.admit("hotline", Standing(role=Role.SYSTEM, sources=(SOURCE,)))
        await city.admit("app", Standing(role=Role.SYSTEM, sources=("inspection-app",)))
        await city.admit("office", Standing(role=Role.OFFICE))
        await city.admit("auditor", Standing(role=Role.AUDITOR))
        yield city


def issue_event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A structured event as JSON would hold it; changes with a dot-free name replace attributes."""
    return {
        "specversion": "1.0",
        "id": f"case-{number}",
        "source": SOURCE,
        "type": "duban.issue.reported.v1",
        "time": "2026-11-20T10:30:00+08:00",
        "data": issue_data(),
        **changes,
    }


def issue_data(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "hotline",
        "category": "rubbish",
        "area": "east",
        "title": "东街垃圾满溢",
        "description": "垃圾桶两天未清运",
        "location": {"address": "东街 12 号", "latitude": "31.2304", "longitude": "121.4737"},
        "evidence": [{"uri": "https://photos.example/1.jpg", "kind": "before"}],
        **changes,
    }
