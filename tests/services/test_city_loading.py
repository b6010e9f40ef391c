"""Loading a city file into a real store: what is missing comes in, what differs changes, a second time nothing does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.errors import Forbidden
from domain.organisation.commands import DissolveUnit
from domain.organisation.decisions import NotRegistered
from services.city.city_file import read_city
from services.city.loader import LoadReport, load_city
from services.handling.aggregates import UNIT
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.store.event_store import EventStore
from services.store.pools import open_pool
from tests.services.city_samples import CITY, city_file

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ADMINISTRATOR = Actor(principal="administrator:test", role=Role.ADMINISTRATOR)


class City:
    def __init__(self, pool) -> None:
        self.rulebooks = RulebookSource(pool)
        self.handler = CommandHandler(EventStore(pool), self.rulebooks)

    async def load(self, folder: Path, text: str = CITY, actor: Actor = ADMINISTRATOR) -> LoadReport:
        return await load_city(read_city(city_file(folder, text)), self.handler, self.rulebooks, actor, AT)


@pytest_asyncio.fixture
async def city(database) -> AsyncIterator[City]:
    pool = await open_pool(database.app)
    yield City(pool)
    await pool.close()


async def test_a_city_loads_once_and_a_second_load_changes_nothing(city, tmp_path):
    first = await city.load(tmp_path)
    assert first.registered == ["office", "sanitation", "lamps", "city", "east", "west"]
    assert first.published == ["calendar cn@1", "catalogue city@1", "policy city@1"]
    rules = await city.rulebooks.current(newest=True)
    assert rules.regime().policy.ref == "city@1"
    second = await city.load(tmp_path)
    assert second.nothing_new
    assert second.unchanged == 9


async def test_only_what_differs_changes(city, tmp_path):
    await city.load(tmp_path)
    text = (
        CITY.replace("路灯处", "照明处")
        .replace("5 working days", "6 working days")
        .replace("kind: street}", "kind: town}")
    )
    report = await city.load(tmp_path, text)
    assert report.changed == ["lamps", "west"]
    assert report.differences["lamps"] == ("name: 路灯处 → 照明处",)
    assert report.differences["west"] == ("kind: street → town",)
    assert report.published == ["policy city@2"]
    back = await city.load(tmp_path)
    assert back.changed == ["lamps", "west"]
    assert back.published == ["policy city@3"]


async def test_units_can_change_places(city, tmp_path):
    before = """units: [{code: a, name: 甲 / A, units: [{code: b, name: 乙 / B}]}]"""
    after = """units: [{code: b, name: 乙 / B, units: [{code: a, name: 甲 / A}]}]"""
    await city.load(tmp_path, before)
    report = await city.load(tmp_path, after)
    assert report.differences == {"b": ("parent: a → —",), "a": ("parent: — → b",)}
    units = (await city.rulebooks.current(newest=True)).units
    assert (units["a"].parent, units["b"].parent) == ("b", None)


async def test_a_dissolved_unit_does_not_come_back_by_itself(city, tmp_path):
    await city.load(tmp_path, "units: [{code: a, name: 甲 / A}]")
    dissolve = DissolveUnit(command_id="dissolve", at=AT, actor=ADMINISTRATOR, reason="merged")
    await city.handler.handle(Wish(UNIT, UNIT.stream("a"), dissolve))
    with pytest.raises(NotRegistered):
        await city.load(tmp_path, "units: [{code: a, name: 甲 / A}]")


async def test_a_handler_cannot_load_a_city(city, tmp_path):
    with pytest.raises(Forbidden):
        await city.load(tmp_path, actor=Actor(principal="h", role=Role.HANDLER, unit="lamps"))
