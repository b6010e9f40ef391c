"""What is done from the command line leaves a trace before it begins, even where states are lost, or is not done."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.auditing.export import NothingSignedError
from services.cli.log_keys import add_key, retire_key
from services.cli.log_work import export_to
from services.cli.traced import account, traced
from services.cli.upkeep import new_administrator_key, rebuild_states
from services.embedded.databases import DatabaseAddresses
from services.settings import Settings
from services.transparency.keys import KeyFolder, KeyFolderError


@pytest.fixture
def settings(database: DatabaseAddresses, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_owner_url=SecretStr(database.superuser),
        database_app_url=SecretStr(database.app),
        database_sequencer_url=SecretStr(database.sequencer),
        database_auditor_url=SecretStr(database.auditor),
        temporal_address="nowhere:1",
    )


@pytest_asyncio.fixture
async def connection(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database.superuser)
    yield opened
    await opened.close()


async def traces(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch("SELECT actor, data FROM es.event WHERE kind = 'access' ORDER BY seq")
    assert {row["actor"] for row in rows} <= {"service:command-line"}
    return [orjson.loads(row["data"]) for row in rows]


async def kinds(connection: asyncpg.Connection) -> list[str]:
    return [trace["type"] for trace in await traces(connection)]


async def test_keys_of_the_log_change_with_their_public_half_in_the_log(settings, connection) -> None:
    folder = KeyFolder(settings.log_keys)
    first = folder.create("log.example/city").verifier
    await add_key(settings)
    [second] = set(folder.verifiers()) - {first}
    await retire_key(settings, first.key_id.hex())
    changed = [trace for trace in await traces(connection) if trace["type"] == "access.log_key_changed.v1"]
    assert [(each["change"], each["key"], each["operation"]) for each in changed] == [
        ("created", str(second), "duban log rotate"),
        ("retired", first.key_id.hex(), "duban log retire"),
    ]
    assert (await kinds(connection)).count("access.administered.v1") == 2


async def test_what_fails_is_written_as_failed(settings, connection) -> None:
    KeyFolder(settings.log_keys).create("log.example/city")
    with pytest.raises(KeyFolderError):
        await retire_key(settings, "00000000")
    assert await kinds(connection) == ["access.administration_begun.v1", "access.administration_failed.v1"]


async def test_nothing_is_changed_where_it_cannot_be_written_down(settings: Settings) -> None:
    folder = KeyFolder(settings.log_keys)
    folder.create("log.example/city")
    away = settings.model_copy(update={"database_app_url": SecretStr("postgresql://nobody@127.0.0.1:9/none")})
    with pytest.raises(OSError):
        await add_key(away)
    assert len(folder.signers()) == 1


async def test_a_new_key_for_the_administrator_and_an_export_leave_traces(settings, connection, tmp_path) -> None:
    await new_administrator_key(settings)
    with pytest.raises(NothingSignedError):  # the trace comes first, whatever comes of it
        await export_to(settings, tmp_path / "out", with_payloads=False)
    begun, ended, exported = await traces(connection)
    assert (begun["operation"], ended["type"]) == ("duban key", "access.administered.v1")
    assert (exported["content"], exported["object"]) == ("log", f"{tmp_path / 'out'} --no-payloads")


async def test_states_are_rebuilt_with_a_trace_although_all_of_them_are_lost(settings, connection) -> None:
    async with traced(settings, "rearm"):
        pass
    await connection.execute("DELETE FROM es.current_state")
    assert await rebuild_states(settings, check=False) == 0
    assert (await kinds(connection))[-2:] == ["access.administration_begun.v1", "access.administered.v1"]
    assert await rebuild_states(settings, check=True) == 0


async def test_who_was_at_the_machine_stands_beside_the_log_and_not_in_it(settings, connection) -> None:
    async with traced(settings, "import", "ledger.csv", "--apply"):
        pass
    [begun, _] = await traces(connection)
    assert begun["arguments"] == ["ledger.csv", "--apply"]
    assert account() not in str(begun)
    kept = await connection.fetchval(
        "SELECT address FROM private.client_address WHERE origin::text = $1", begun["origin"]
    )
    assert kept == account()
