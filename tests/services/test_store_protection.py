"""Evidence is append-only for every role and on every partition, and each role may do no more than it must."""
# ruff: noqa: S608 - table names come from the catalogue

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store.event_store import EventStore
from services.store.migrate import current, head, migrate
from services.store.pools import open_pool
from tests.services.store_samples import command

ROLES = ["superuser", "owner", "app", "sequencer", "auditor"]
REPLICA = "superuser in replica mode"
PARTITIONS = """
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'es.event'::regclass ORDER BY inhrelid"""


@pytest_asyncio.fixture
async def filled(database: DatabaseAddresses) -> AsyncIterator[DatabaseAddresses]:
    """Events in the first, the second and a newly ensured small partition, all of them sequenced."""
    owner = await asyncpg.connect(database.superuser)
    pool = await open_pool(database.app)
    store = EventStore(pool)
    await store.append([command(events=2)])
    second: str = (await owner.fetch(PARTITIONS))[1]["name"]
    await owner.execute(f"SELECT setval('es.event_seq', {second.rsplit('_p', 1)[1]})")
    await store.append([command(events=2)])
    last = int(second.rsplit("_p", 1)[1]) * 2
    await owner.execute(f"SELECT setval('es.event_seq', {last - 3})")
    assert await owner.fetchval("SELECT es.ensure_partitions(10)") == 1
    await store.append([command(events=6)])
    await owner.execute("SELECT es.sequence_tick()")
    for partition in await owner.fetch(PARTITIONS):
        assert await owner.fetchval(f"SELECT count(*) FROM {partition['name']}") >= 2
    await pool.close()
    yield database
    await owner.close()


async def tables(connection: asyncpg.Connection) -> list[str]:
    return ["es.event", "es.log", *(row["name"] for row in await connection.fetch(PARTITIONS))]


@pytest.mark.parametrize("role", [*ROLES, REPLICA])
async def test_nobody_changes_deletes_or_truncates_evidence_on_any_partition(
    filled: DatabaseAddresses, role: str
) -> None:
    connection = await asyncpg.connect(filled.superuser if role == REPLICA else getattr(filled, role))
    watcher = await asyncpg.connect(filled.superuser)
    names = await tables(watcher)
    assert len(names) == 5
    before = [await watcher.fetchval(f"SELECT count(*) FROM {name}") for name in names]
    if role == REPLICA:
        await connection.execute("SET session_replication_role = replica")
    for name in names:
        column = "salt" if name != "es.log" else "leaf_hash"
        for statement in (f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    assert [await watcher.fetchval(f"SELECT count(*) FROM {name}") for name in names] == before
    await connection.close()
    await watcher.close()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app", "INSERT INTO es.event (stream_id) VALUES (gen_random_uuid())"),
        ("app", "INSERT INTO es.current_state (stream_id) VALUES (gen_random_uuid())"),
        ("app", "UPDATE es.current_state SET version = 1"),
        ("app", "DELETE FROM es.current_state"),
        ("app", "UPDATE es.stream SET version = 1"),
        ("app", "DELETE FROM es.command"),
        ("app", "SELECT es.sequence_tick()"),
        ("app", "SELECT es.ensure_partitions()"),
        ("app", "DELETE FROM private.api_key"),
        ("app", "ALTER TABLE es.event DISABLE TRIGGER deny_row"),
        ("app", "CREATE TABLE es.mine ()"),
        ("app", "SET session_replication_role = replica"),
        ("app", "SET ROLE duban_owner"),
        ("sequencer", "INSERT INTO es.log VALUES (0, 0, '')"),
        ("sequencer", "UPDATE es.sequencer SET size = 0"),
        ("sequencer", "SELECT * FROM es.current_state"),
        ("sequencer", "SELECT * FROM private.person"),
        ("auditor", "SELECT * FROM private.person"),
        ("auditor", "SELECT * FROM es.command"),
        ("auditor", "SELECT nextval('es.item_number')"),
        ("auditor", "UPDATE es.subscription SET pos = 0"),
    ],
)
async def test_a_role_may_do_no_more_than_it_must(filled: DatabaseAddresses, role: str, statement: str) -> None:
    connection = await asyncpg.connect(getattr(filled, role))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("role", ["sequencer", "auditor"])
async def test_only_the_application_appends(filled: DatabaseAddresses, role: str) -> None:
    async with await open_pool(getattr(filled, role)) as pool:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await EventStore(pool).append([command()])


async def test_auditors_read_events_log_and_states(filled: DatabaseAddresses) -> None:
    async with await open_pool(filled.auditor) as pool:
        assert len(await EventStore(pool).log_after(-1, 100)) == 10
        assert await pool.fetchval("SELECT count(*) FROM es.current_state") == 3


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_can_tell_the_schema_version(database: DatabaseAddresses, role: str) -> None:
    assert await current(getattr(database, role)) == head()


async def test_personal_data_can_be_erased(database: DatabaseAddresses) -> None:
    connection = await asyncpg.connect(database.app)
    person = await connection.fetchval(
        "INSERT INTO private.person (person_id, name) VALUES (gen_random_uuid(), '张三') RETURNING person_id"
    )
    assert await connection.execute("DELETE FROM private.person WHERE person_id = $1", person) == "DELETE 1"
    await connection.close()


async def test_migrating_again_changes_nothing(database: DatabaseAddresses) -> None:
    assert await current(database.superuser) == head()
    await migrate(database.superuser)
    await migrate(database.owner)
    assert await current(database.owner) == head()


async def test_spare_partitions_are_made_ahead_and_only_when_needed(database: DatabaseAddresses) -> None:
    owner = await asyncpg.connect(database.owner)
    before = len(await owner.fetch(PARTITIONS))
    assert await owner.fetchval("SELECT es.ensure_partitions()") == 0
    await owner.execute("SELECT setval('es.event_seq', 4000001)")
    assert await owner.fetchval("SELECT es.ensure_partitions()") == 1
    assert await owner.fetchval("SELECT es.ensure_partitions()") == 0
    assert len(await owner.fetch(PARTITIONS)) == before + 1
    await owner.close()
