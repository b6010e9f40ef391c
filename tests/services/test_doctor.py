"""The doctor on stopped, healthy and broken installations: it names what is wrong and how to mend it."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.item.commands import ReportIssue
from domain.item.values import Channel, Issue
from services.city.city_file import read_city
from services.city.loader import load_city
from services.doctor.command import examination, examine
from services.doctor.database import finding_of_reader
from services.doctor.finding import Finding, Grade
from services.doctor.machine import examine_machine
from services.embedded.checks import free_ports
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.health_queries import Reader
from services.store.pools import open_pool
from services.store.subscriptions import Subscriptions
from tests.conftest import RunningTemporal
from tests.services.store_samples import command

CITY = Path(__file__).parents[2] / "services" / "demo" / "city.yaml"


@pytest.fixture
def stopped(short_folder: Path) -> Settings:
    gateway, port, http, metrics, ui = free_ports(5)
    return Settings(
        data_dir=short_folder,
        gateway_port=gateway,
        temporal_port=port,
        temporal_http_port=http,
        temporal_metrics_port=metrics,
        temporal_ui_port=ui,
    )


@pytest.fixture
def external(database: DatabaseAddresses) -> Settings:
    return Settings.model_validate(
        {
            "database_app_url": database.app,
            "database_owner_url": database.owner,
            "database_auditor_url": database.auditor,
            "temporal_address": f"127.0.0.1:{free_ports(1)[0]}",
        }
    )


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app) as opened:
        yield opened


async def wrongs(settings: Settings) -> dict[str, Finding]:
    return {finding.code: finding for finding in await examination(settings) if finding.grade is Grade.WRONG}


async def as_superuser(database: DatabaseAddresses, statement: str) -> None:
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def test_an_installation_that_was_never_started_is_not_broken(
    stopped: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examine(stopped) == 0
    said = capsys.readouterr().out
    assert "duban up" in said
    assert "一切正常" in said


def test_a_port_that_another_program_took_is_named_with_that_program(stopped: Settings) -> None:
    with socket.socket() as squatter:
        squatter.bind((stopped.gateway_host, stopped.gateway_port))
        squatter.listen()
        taken = [finding for finding in examine_machine(stopped) if finding.code == "port_taken"]
    assert len(taken) == 1
    assert str(stopped.gateway_port) in taken[0].seen.zh
    assert "python" in taken[0].seen.en or "pytest" in taken[0].seen.en
    assert taken[0].mend is not None
    assert "DUBAN_GATEWAY_PORT" in taken[0].mend.en


def test_a_data_folder_that_is_a_file_is_wrong(stopped: Settings, short_folder: Path) -> None:
    (short_folder / "file").write_text("", encoding="utf-8")
    settings = stopped.model_copy(update={"data_dir": short_folder / "file"})
    assert "data_folder_not_writable" in {finding.code for finding in examine_machine(settings)}


def test_a_data_folder_where_nobody_can_write_is_wrong_for_root_too(stopped: Settings) -> None:
    settings = stopped.model_copy(update={"data_dir": Path("/proc/duban")})
    assert "data_folder_not_writable" in {finding.code for finding in examine_machine(settings)}


async def test_servers_that_are_away_are_said_to_be_away(short_folder: Path) -> None:
    nowhere = f"postgresql://nobody@/nothing?host={short_folder}"
    settings = Settings.model_validate(
        {"database_app_url": nowhere, "temporal_address": f"127.0.0.1:{free_ports(1)[0]}"}
    )
    found = await wrongs(settings)
    assert set(found) == {"database_unreachable", "temporal_unreachable"}
    assert all(finding.mend is not None for finding in found.values())


async def test_a_healthy_database_has_nothing_wrong(external: Settings) -> None:
    assert set(await wrongs(external)) == {"temporal_unreachable"}
    codes = {finding.code for finding in await examination(external)}
    assert {"evidence", "sequencer", "schema", "no_policy"} <= codes


async def test_a_loaded_city_satisfies_the_doctor(external: Settings, pool: asyncpg.Pool) -> None:
    rulebooks = RulebookSource(pool)
    actor = Actor(principal="administrator", role=Role.ADMINISTRATOR)
    await load_city(read_city(CITY), CommandHandler(EventStore(pool), rulebooks), rulebooks, actor, datetime.now(UTC))
    assert "policy" in {finding.code for finding in await examination(external)}


async def test_an_item_for_which_nothing_followed_is_noticed(external: Settings, pool: asyncpg.Pool) -> None:
    rulebooks = RulebookSource(pool)
    handler = CommandHandler(EventStore(pool), rulebooks)
    now = datetime.now(UTC)
    await load_city(read_city(CITY), handler, rulebooks, Actor(principal="administrator", role=Role.ADMINISTRATOR), now)
    await rulebooks.current(newest=True)
    for number, ago in enumerate((timedelta(hours=1), timedelta(0))):
        await handler.handle(report(number, now - ago))
    found = await wrongs(external)
    assert "for 1 items" in found["follow_ups_missed"].seen.en
    assert found["follow_ups_missed"].mend is not None


def report(number: int, at: datetime) -> Wish:
    issue = Issue(
        source="demo",
        source_id=str(number),
        channel=Channel.HOTLINE,
        category="broken-road",
        area="area-butou",
        title="路面坑槽",
    )
    actor = Actor(principal="hotline", role=Role.SYSTEM)
    item = ITEM.stream(f"demo\n{number}")
    command = ReportIssue(
        command_id=str(number), at=at, actor=actor, item_id=item, number=str(number), issue=issue, reported_at=at
    )
    return Wish(ITEM, item, command, new=True)


@pytest.mark.parametrize("kind", ["policy", "calendar", "unit"])
async def test_a_part_of_the_rulebook_that_was_changed_is_named_and_everything_else_examined(
    external: Settings, database: DatabaseAddresses, pool: asyncpg.Pool, kind: str
) -> None:
    rulebooks = RulebookSource(pool)
    actor = Actor(principal="administrator", role=Role.ADMINISTRATOR)
    await load_city(read_city(CITY), CommandHandler(EventStore(pool), rulebooks), rulebooks, actor, datetime.now(UTC))
    place = await pool.fetchval("SELECT min(stream_id::text) FROM es.current_state WHERE kind = $1", kind)
    await as_superuser(database, f"UPDATE es.current_state SET state = '{{}}' WHERE stream_id = '{place}'")  # noqa: S608
    await as_superuser(database, "ALTER TABLE es.event_p0 DISABLE TRIGGER deny_truncate")
    found = await wrongs(external)
    assert found["rulebook_unreadable"].places == (place,)
    assert found["rulebook_unreadable"].mend is not None
    assert "evidence_unprotected" in found


async def test_a_trigger_switched_off_on_one_partition_is_noticed(
    external: Settings, database: DatabaseAddresses
) -> None:
    await as_superuser(database, "ALTER TABLE es.event_p0 DISABLE TRIGGER deny_truncate")
    found = await wrongs(external)
    assert "es.event_p0" in found["evidence_unprotected"].seen.en


async def test_a_role_that_may_write_evidence_directly_is_noticed(
    external: Settings, database: DatabaseAddresses
) -> None:
    await as_superuser(database, "GRANT UPDATE ON es.event TO duban_app")
    found = await wrongs(external)
    assert "duban_app: es.event" in found["roles_too_strong"].seen.en


async def test_a_log_that_is_not_signed_is_noticed(
    external: Settings, database: DatabaseAddresses, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await EventStore(pool).append([command(events=3)])
    await as_superuser(database, "SELECT es.sequence_tick()")
    codes = {finding.code for finding in await examination(external)}
    assert "no_checkpoints_outside" in codes
    assert "notary_behind" not in codes
    monkeypatch.setattr("services.doctor.store._PATIENCE", datetime.resolution)
    assert "notary_behind" in await wrongs(external)


async def test_clocks_that_are_apart_are_noticed(external: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.doctor.store._APART", -datetime.resolution)
    assert "clocks_differ" in await wrongs(external)


async def test_an_older_schema_is_noticed(external: Settings, database: DatabaseAddresses) -> None:
    await as_superuser(database, "UPDATE es.schema_version SET version_num = '0000'")
    found = await wrongs(external)
    assert found["schema_not_current"].mend is not None
    assert "duban migrate" in found["schema_not_current"].mend.en


async def test_events_that_wait_for_the_sequencer_are_noticed(
    external: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await EventStore(pool).append([command(events=3)])
    assert "sequencer_behind" not in await wrongs(external)
    monkeypatch.setattr("services.doctor.database._PATIENCE", datetime.resolution)
    found = await wrongs(external)
    assert found["sequencer_behind"].seen.en.startswith("3 ")


@pytest.mark.parametrize(("position", "grade"), [(100, Grade.WRONG), (101, Grade.NOTE)])
def test_a_reader_that_is_behind_is_wrong_only_where_it_stands_still(position: int, grade: Grade) -> None:
    reader = Reader("relay", 100, datetime(2026, 11, 20, tzinfo=UTC))
    finding = finding_of_reader(reader, position, 10_000, late=True)
    assert finding.grade is grade
    assert str(9_999 - position) in finding.seen.en


async def test_a_reader_that_stands_still_is_noticed(
    external: Settings, pool: asyncpg.Pool, database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.doctor.database._LOOK_AGAIN_SECONDS", 0)
    await EventStore(pool).append([command(events=3)])
    await Subscriptions(pool).acquire("relay")
    await as_superuser(database, "SELECT es.sequence_tick()")
    assert "reader_behind" not in await wrongs(external)
    monkeypatch.setattr("services.doctor.database._PATIENCE", datetime.resolution)
    found = await wrongs(external)
    assert "3 entries behind" in found["reader_behind"].seen.en


async def test_a_temporal_server_without_worker_and_schedule_is_noticed(
    external: Settings, temporal_server: RunningTemporal
) -> None:
    settings = external.model_copy(
        update={
            "temporal_address": temporal_server.address,
            "temporal_namespace": temporal_server.namespace,
            "task_queue": "nobody-serves-this",
        }
    )
    found = await wrongs(settings)
    assert "no_worker" in found
    assert "temporal_unreachable" not in found
    assert "search_attributes_missing" not in found
