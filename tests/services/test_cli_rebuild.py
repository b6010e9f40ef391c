"""Current states come out of the events alone, whatever life brought; a row that lies is named and mended."""

import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.errors import Rejection
from domain.item import commands as c
from domain.item.values import Channel, Evidence, Issue, Location
from domain.limits import Limit, LimitKind
from services.city.city_file import read_city
from services.city.loader import load_city
from services.cli.upkeep import rebuild_states
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.handling.folding import fold
from services.handling.rulebooks import RulebookSource
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.rebuild import rebuild_current_states

CITY = Path(__file__).parents[2] / "services" / "demo" / "city.yaml"
# Without those that the rebuilds themselves leave behind.
ROWS = "SELECT * FROM es.current_state WHERE kind <> 'access' ORDER BY stream_id"
BEGAN = datetime(2026, 11, 20, 8, tzinfo=UTC)
PHOTO = (Evidence(uri="s3://photos/1.jpg", kind="after", sha256="ab" * 32),)
SECONDS = Limit(kind=LimitKind.ELAPSED_SECONDS, amount=30)

ADMINISTRATOR = Actor(principal="administrator", role=Role.ADMINISTRATOR)
OFFICE = Actor(principal="office", role=Role.OFFICE)
INSPECTOR = Actor(principal="inspector", role=Role.INSPECTOR)
SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
HANDLER = Actor(principal="handler", role=Role.HANDLER, unit="construction")


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app) as opened:
        yield opened


@pytest_asyncio.fixture
async def handler(pool: asyncpg.Pool) -> CommandHandler:
    rulebooks = RulebookSource(pool)
    handler = CommandHandler(EventStore(pool), rulebooks)
    await load_city(read_city(CITY), handler, rulebooks, ADMINISTRATOR, BEGAN)
    await rulebooks.current(newest=True)
    return handler


@pytest.fixture
def settings(database: DatabaseAddresses) -> Settings:
    return Settings(
        database_app_url=database.app,  # type: ignore[arg-type]
        database_owner_url=database.owner,  # type: ignore[arg-type]
        temporal_address="nowhere:1",
    )


def report(number: int, at: datetime) -> Wish:
    issue = Issue(
        source="demo",
        source_id=str(number),
        channel=list(Channel)[number % len(Channel)],
        category=("broken-road", "dark-street-light", "service-window")[number % 3],
        area="area-butou-1",
        title="路面破损",
        location=Location.model_validate({"address": "埠头街 1 号", "latitude": "30.500", "longitude": "114.3"}),
    )
    item = ITEM.stream(f"demo\n{number}")
    command = c.ReportIssue(
        command_id=f"report-{number}",
        at=at,
        actor=SERVICE,
        item_id=item,
        number=f"2026-{number:07d}",
        issue=issue,
        reported_at=at - timedelta(minutes=number),
    )
    return Wish(ITEM, item, command, new=True)


def anything(chance: random.Random) -> tuple[type[Any], Actor, dict[str, Any]]:
    """Some command that may or may not fit."""
    return chance.choice(
        [
            *[(c.AcceptItem, HANDLER, {})] * 4,
            (c.RefuseItem, HANDLER, {"reason": "非本单位职责"}),
            *[(c.SubmitRectification, HANDLER, {"account": "已修补", "evidence": PHOTO})] * 4,
            *[(c.PassCheck, INSPECTOR, {"note": "合格"})] * 4,
            (c.SendBack, INSPECTOR, {"reason": "未到位"}),
            *[(c.ConfirmRecheck, INSPECTOR, {})] * 2,
            (c.RecordRecurrence, INSPECTOR, {"new_item": uuid4(), "note": "反弹"}),
            (c.LinkRecurrence, SERVICE, {}),
            (c.DispatchItem, OFFICE, {"unit": "construction", "supporting": ("binjiang",)}),
            (c.TransferItem, OFFICE, {"unit": "construction", "reason": "改派"}),
            (c.TransferItemOut, OFFICE, {"authority": "省交通厅", "reason": "国道"}),
            (c.SuspendItem, OFFICE, {"reason": "待资金", "review_on": BEGAN + timedelta(days=9)}),
            (c.ResumeItem, OFFICE, {"reason": "资金到位"}),
            (c.RequestExtension, HANDLER, {"by": SECONDS, "reason": "雨天"}),
            (c.GrantExtension, OFFICE, {}),
            (c.RefuseExtension, OFFICE, {"reason": "不批"}),
            (c.AppealOverdue, HANDLER, {"clock_id": "rectify-1", "reason": "停电"}),
            (c.RuleOnAppeal, OFFICE, {"clock_id": "rectify-1", "granted": True, "reason": "属实"}),
            (c.AddComment, INSPECTOR, {"text": "请加快"}),
            (c.VoidItem, OFFICE, {"reason": "重复"}),
            (c.FollowUp, SERVICE, {}),
            (c.FollowUp, SERVICE, {}),
        ]
    )


def a_lively_month(seed: int) -> Iterator[Wish]:
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    for number in range(60):
        at = BEGAN + timedelta(minutes=number)
        opening = report(number, at)
        yield opening
        for step in range(chance.randrange(40)):
            at += timedelta(seconds=chance.randrange(1, 20))
            command, actor, content = anything(chance)
            yield Wish(ITEM, opening.stream_id, command(command_id=f"{number}-{step}", at=at, actor=actor, **content))


async def live(handler: CommandHandler) -> tuple[int, int]:
    done = refused = 0
    for wish in a_lively_month(seed=7):
        try:
            done += bool((await handler.handle(wish)).events)
        except Rejection:
            refused += 1
    return done, refused


async def test_after_a_lively_month_the_rebuilt_rows_are_identical(
    handler: CommandHandler, pool: asyncpg.Pool, settings: Settings
) -> None:
    done, refused = await live(handler)
    assert done > 200
    assert refused > 100
    statuses = {row["status"] for row in await pool.fetch("SELECT DISTINCT status FROM es.current_state")}
    assert statuses > {"archived", "closed", "recurred", "rectifying", "suspended", "transferred_out", "voided"}

    before = [tuple(row) for row in await pool.fetch(ROWS)]
    assert await rebuild_states(settings, check=True) == 0
    assert await rebuild_states(settings, check=False) == 0
    assert [tuple(row) for row in await pool.fetch(ROWS)] == before


async def test_a_row_that_lies_is_named_by_check_and_mended_by_rebuild(
    handler: CommandHandler,
    pool: asyncpg.Pool,
    settings: Settings,
    database: DatabaseAddresses,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await live(handler)
    before = [tuple(row) for row in await pool.fetch(ROWS)]
    victim, deleted = await corrupt(database)

    assert await rebuild_states(settings, check=True) == 1
    said = capsys.readouterr().out
    assert str(victim) in said
    assert str(deleted) in said
    assert "status" in said

    assert await rebuild_states(settings, check=False) == 0
    assert await rebuild_states(settings, check=True) == 0
    assert [tuple(row) for row in await pool.fetch(ROWS)] == before


async def test_states_written_before_a_field_was_added_are_no_difference(
    handler: CommandHandler, pool: asyncpg.Pool, settings: Settings, database: DatabaseAddresses
) -> None:
    await live(handler)
    before = [tuple(row) for row in await pool.fetch(ROWS)]
    connection = await asyncpg.connect(database.superuser)
    try:
        older = "UPDATE es.current_state SET state = state #- '{dossier,absorbed}' WHERE kind = 'item'"
        await connection.execute(older)
        assert await rebuild_states(settings, check=True) == 0
        forged = """UPDATE es.current_state SET state = jsonb_set(state, '{dossier,climbs}', '[]')
                     WHERE kind = 'item' AND state #> '{dossier,climbs}' <> '[]'"""
        await connection.execute(forged)
    finally:
        await connection.close()
    assert await rebuild_states(settings, check=True) == 1
    assert await rebuild_states(settings, check=False) == 0
    after = [tuple(row) for row in await pool.fetch(ROWS)]
    assert after == before, "a rebuild writes them as they are written now"


async def test_the_fold_of_every_kind_is_the_state_that_was_written(
    handler: CommandHandler, database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    await live(handler)
    rebuilt = await rebuild_current_states(database.owner, fold, replace=False)
    assert rebuilt.differing == 0
    kinds = {row["kind"] for row in await pool.fetch("SELECT DISTINCT kind FROM es.current_state")}
    assert kinds == {"item", "unit", "area", "catalogue", "policy", "calendar"}


async def corrupt(database: DatabaseAddresses) -> tuple[UUID, UUID]:
    connection = await asyncpg.connect(database.superuser)
    try:
        one, other = await connection.fetch("SELECT stream_id FROM es.current_state WHERE kind = 'item' LIMIT 2")
        await connection.execute("UPDATE es.current_state SET status = 'forged' WHERE stream_id = $1", one[0])
        await connection.execute("DELETE FROM es.current_state WHERE stream_id = $1", other[0])
        return one[0], other[0]
    finally:
        await connection.close()
