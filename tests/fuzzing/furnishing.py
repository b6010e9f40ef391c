"""Furnishes the city in the order of its time: what is late later begins first; then the log is read and signed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg

from domain.actor import Role
from domain.clock import ClockKind
from domain.ladder import STANDARD_LADDER
from domain.organisation.commands import RegisterArea, RegisterUnit
from domain.organisation.state import Area, Unit
from domain.principal.state import Standing
from domain.rulebook.commands import PublishCatalogue, PublishPolicy, PublishStandard
from domain.rulebook.documents import Catalogue, Category, Policy, RoutingRule
from domain.rulebook.standard import Standard
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import AREA, CATALOGUE, POLICY, STANDARD, UNIT
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.notifier.notifier import Notifier
from services.outgoing.client import outgoing_client
from services.store.log_tree import LogTree
from services.store.notice_planning import NoticePlanning
from services.store.pools import open_pool, prepare
from services.store.projections import FactProjection
from services.transparency.keys import KeyFolder
from tests.conftest import execute
from tests.fuzzing import subjects
from tests.fuzzing.city import FuzzedCity, bare_city
from tests.services.campaign_city import MARCH
from tests.services.gateway_samples import hours, text

LATER = MARCH + timedelta(days=20)  # a Friday
_LATE = ("overdue", "appealed")
_TURNS = 16  # two hours each: a message is given up after a day, and it is still the weekend
_EARLY = ("unregistered", *_LATE)
_USUAL = tuple(name for name in subjects.ITEM_STEPS if name not in {*_EARLY, "undispatched"})


@asynccontextmanager
async def furnished_city(database: DatabaseAddresses, folder: Path) -> AsyncIterator[FuzzedCity]:
    """One of everything on both sides; the log is sequenced, counted and signed."""
    async with bare_city(database) as city:
        sides = (city.own, city.foreign)
        await _furnish_rules(city)
        for side, name in zip(sides, ("east-2027", "west-2027"), strict=True):
            await subjects.plan_campaign(city, side, name)
        city.go_to(MARCH)
        for side in sides:
            await city.follow_up(side.ids["campaign"])
            await subjects.begin_items(city, side, *_LATE)
            await subjects.take_items(city, side, *_LATE)
            await subjects.owe(city, side, marked=True)
        city.go_to(LATER)
        await _publish_policy(city, 3, registration="manual")
        for side in sides:
            await subjects.begin_items(city, side, "unregistered")
        await _publish_policy(city, 4)
        for side in sides:
            await subjects.mark(city, side)
            await subjects.begin_items(city, side, *_USUAL)
            await subjects.begin_items(city, side, "undispatched", category="lamps")
            await subjects.take_items(city, side, *_USUAL)
            await subjects.owe(city, side, marked=False)
            await subjects.accuse(city, side)
            await subjects.act(city, side)
        await _read_the_log(city, database, folder)
        for side in sides:
            await subjects.connect(city, side)
        city.wait(hours=1)
        for side in sides:
            side.now = city.city.clock.at.isoformat()
        await _revoke(city)
        await _read_the_log(city, database, folder)
        await _notify(city, database)
        yield city


async def _furnish_rules(city: FuzzedCity) -> None:
    for name, role in (
        ("second office", Role.OFFICE),
        ("deputy", Role.LEADER),
        ("second deputy", Role.LEADER),
        ("second auditor", Role.AUDITOR),
    ):
        await city.city.admit(name, Standing(role=role))
    for side in (city.own, city.foreign):
        community = Area(code=side.second_community, name=text("新社区"), kind="community", parent=side.area)
        if side is city.foreign:
            await city.city.publish(AREA, community.code, RegisterArea, area=community)
            below = Unit(code=side.unit_below, name=text("园林一队"), parent=side.unit)
            await city.city.publish(UNIT, below.code, RegisterUnit, unit=below)
        side.ids |= {"unit": side.unit, "area": side.area, "community": side.community, "unit below": side.unit_below}
        side.ids["area below"] = side.second_community
    node = {"code": "1", "name": text("环境"), "weight": "100", "indicator": "closure", "at_least": "0.9"}
    standard = Standard.model_validate({"standard_id": "town", "version": 1, "name": text("体系"), "nodes": (node,)})
    await city.city.publish(STANDARD, standard.ref, PublishStandard, document=standard)
    categories = (
        Category(code="rubbish", name=text("垃圾清运"), lead_unit="cleaning"),
        Category(code="lamps", name=text("路灯不亮")),
    )
    catalogue = Catalogue(catalogue_id="city", version=2, categories=categories)
    await city.city.publish(CATALOGUE, catalogue.ref, PublishCatalogue, document=catalogue)
    await _publish_policy(city, 2)


async def _publish_policy(city: FuzzedCity, version: int, **changes: str) -> None:
    document = Policy.model_validate(
        {
            "policy_id": "city",
            "version": version,
            "name": text("标准"),
            "calendar_id": "cn",
            "catalogue_id": "city",
            "limits": {kind: hours(8) for kind in ClockKind},
            "ladders": {ClockKind.RECTIFY: STANDARD_LADDER},
            "routing": (RoutingRule(category="rubbish", area="west", unit="parks"),),
            "closes_on_pass": False,
            "archives_when_held": False,
            **changes,
        }
    )
    await city.city.publish(POLICY, document.ref, PublishPolicy, document=document)


async def _revoke(city: FuzzedCity) -> None:
    shown = (await city.get("administrator", "/v1/principals?limit=200")).json()["principals"]
    myself = (await city.get("revoked", "/v1/me")).json()["id"]
    [key] = next(each["keys"] for each in shown if each["id"] == myself)
    path = f"/v1/principals/{myself}/keys/{key}/revoke"
    await city.did("administrator", "POST", path, subjects.REASON)


async def _read_the_log(city: FuzzedCity, database: DatabaseAddresses, folder: Path) -> None:
    await city.city.parts.access.flush(entirely=True)
    keys = KeyFolder(folder / "keys")
    if not (folder / "keys").exists():
        keys.create("log.example/city")
    sequencer, facts = await asyncpg.connect(database.sequencer), await asyncpg.connect(database.app)
    try:
        await prepare(sequencer)
        await prepare(facts)
        await sequencer.execute("SELECT es.sequence_tick()")
        projection = FactProjection(facts)
        assert await projection.begin()
        while await projection.step(1000):
            pass
        outside = OutsideCheckpoints(folder / "outside")
        await Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), outside).sign()
    finally:
        await sequencer.close()
        await facts.close()


async def _notify(city: FuzzedCity, database: DatabaseAddresses) -> None:
    """Plan notices, and send them where nobody listens until they are given up; deliveries are dead as well."""
    settings = city.city.parts.settings
    connection = await asyncpg.connect(database.app)
    pool = await open_pool(database.app, max_size=4)
    try:
        await prepare(connection)
        async with outgoing_client(settings) as client:
            notifier = Notifier(pool, NoticePlanning(connection), client, settings, city.city.clock)
            assert await notifier.begin()
            for _ in range(_TURNS):
                await notifier.turn()
                await notifier.settle()
                city.wait(hours=2)
            await notifier.stop(1)
    finally:
        await connection.close()
        await pool.close()
    for side in (city.own, city.foreign):
        side.ids["notice"] = (await city.inbox_of(side.handler))[0]["id"]
    for message in (await city.get("office", "/v1/notices/sent", state="failed")).json()["messages"]:
        for side in (city.own, city.foreign):
            if side.ids["channel"] in str(message):
                side.ids["message"] = message["id"]
    await execute(database.superuser, "UPDATE private.webhook_delivery SET state = 'dead', finished_at = now()")
    for side in (city.own, city.foreign):
        found = (await city.get("administrator", f"/v1/webhooks/{side.ids['webhook']}/deliveries")).json()
        side.ids["delivery"] = str(found["deliveries"][0]["id"])
