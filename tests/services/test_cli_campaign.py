"""`duban campaign`: a campaign begins from a template, is steered and shown, and mistakes name their line."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.campaign.state import CAMPAIGNS, Campaign
from services.campaigns.template import shipped_templates
from services.city.city_file import read_city
from services.city.loader import load_city
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import CAMPAIGN
from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.store.event_store import EventStore
from services.store.pools import open_pool
from tests.services.city_samples import CITY, city_file

ADMINISTRATOR = Actor(principal="administrator:test", role=Role.ADMINISTRATOR)
YEAR = datetime.now(UTC).year + 1
GIVEN = (
    "--set=campaign_id=east",
    f"--set=year={YEAR}",
    "--set=leading_group=office",
    "--set=office=office",
    "--set=units=sanitation, lamps",
    "--set=areas=east",
    "--set=name=东街创建 / East Street",
)


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses, tmp_path: Path) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database.app)
    rulebooks = RulebookSource(pool)
    handler = CommandHandler(EventStore(pool), rulebooks)
    await load_city(read_city(city_file(tmp_path, CITY)), handler, rulebooks, ADMINISTRATOR, datetime.now(UTC))
    yield pool
    await pool.close()


def campaign(database: DatabaseAddresses | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    addresses = {"DUBAN_DATABASE_APP_URL": database.app} if database else {}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", "from services.cli.main import run; run()", "campaign", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": "200", "DUBAN_TEMPORAL_ADDRESS": "nowhere:1", **addresses},
    )


def said(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def refused(answer: subprocess.CompletedProcess[str], exit_code: int) -> str:
    assert answer.returncode == exit_code, answer.stdout
    assert "Traceback" not in answer.stderr
    return answer.stderr


async def stored(pool: asyncpg.Pool, campaign_id: str = "east") -> Campaign:
    found = await EventStore(pool).state(CAMPAIGN.stream(campaign_id))
    assert found is not None
    return CAMPAIGNS.validate_json(found.state)


async def test_a_campaign_is_planned_started_paused_resumed_shown_and_ended(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    assert "there are no campaigns" in said(campaign(database, "show"))
    window = f"--set=days.preparation={YEAR}-05-03..{YEAR}-05-26"
    assert "planned: east" in said(campaign(database, "new", "--template", "town", *GIVEN, window))
    plan = (await stored(pool)).plan
    assert plan.units == ("sanitation", "lamps")
    assert str(plan.phases[0].first_day) == f"{YEAR}-05-03"
    assert (plan.name.en, plan.calendar_id) == ("East Street", "cn")
    assert "进行中 running" in said(campaign(database, "start", "east"))
    assert "paused" in said(campaign(database, "pause", "east", "--reason", "台风"))
    assert "running" in said(campaign(database, "resume", "east", "--reason", "台风过境"))
    shown = said(campaign(database, "show", "east"))
    assert "东街创建" in shown
    assert "preparation" in shown
    assert f"{YEAR}-05-03 00:00" in shown
    assert "ended" in said(campaign(database, "end", "east", "--reason", "取消"))
    assert "已结束" in said(campaign(database, "show"))


async def test_a_dry_run_checks_and_writes_nothing(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    assert "nothing written" in said(campaign(database, "new", "--template", "community", *GIVEN, "--dry-run"))
    assert await EventStore(pool).state(CAMPAIGN.stream("east")) is None
    unknown = campaign(database, "new", "--template", "community", *GIVEN, "--set=areas=nowhere", "--dry-run")
    assert "[unknown_area]" in refused(unknown, 1)


async def test_what_the_rules_do_not_allow_is_one_line_with_a_code(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    assert "[no_such_campaign]" in refused(campaign(database, "start", "nowhere"), 1)
    assert "[no_such_campaign]" in refused(campaign(database, "show", "nowhere"), 1)
    said(campaign(database, "new", "--template", "town", *GIVEN))
    assert "[campaign_already_planned]" in refused(campaign(database, "new", "--template", "town", *GIVEN), 1)
    assert "[campaign_not_running]" in refused(campaign(database, "pause", "east", "--reason", "x"), 1)
    assert (await stored(pool)).status == "planned"


async def test_a_mistake_in_a_template_names_its_line(
    database: DatabaseAddresses, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    text = shipped_templates()["town"].read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "last_day: 05-25" in each)
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("last_day: 05-25", "last_day: 04-25"), encoding="utf-8")
    error = refused(campaign(database, "new", "--template", str(mine), *GIVEN), 2)
    assert "[unusable_document]" in error
    assert f"line {line}" in error
    mine.write_text(text, encoding="utf-8")
    assert "planned: east" in said(campaign(database, "new", "--template", str(mine), *GIVEN))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--set=units",), "key=value"),
        (("--set=colour=red",), "colour"),
        (("--set=year=soon",), "year"),
        (("--set=year=2027", "--set=year=2028"), "year"),
        (("--set=name=只有中文",), "--set"),
        (("--set=days.kick-off=yesterday..today",), "days.kick-off"),
        ((), "campaign_id"),
    ],
)
def test_a_parameter_that_cannot_be_is_a_usage_error_that_names_it(given: tuple[str, ...], named: str) -> None:
    assert named in refused(campaign(None, "new", "--template", "town", *given), 2)


def test_an_unknown_template_is_a_usage_error_that_names_those_there_are(tmp_path: Path) -> None:
    assert "county-communities" in refused(campaign(None, "new", "--template", "village", *GIVEN), 2)
    missing = str(tmp_path / "missing.yaml")
    assert "[file_not_usable]" in refused(campaign(None, "new", "--template", missing, *GIVEN), 1)


def test_the_templates_are_listed_with_their_phases() -> None:
    listed = said(campaign(None, "templates"))
    for name in shipped_templates():
        assert name in listed
    assert "集中整治" in listed


def test_help_is_in_both_languages() -> None:
    page = said(campaign(None, "--help"))
    for command in ("templates", "new", "start", "pause", "resume", "end", "show"):
        assert f"\n  {command} " in page
    assert "暂停" in page
    assert "Pause it" in page
