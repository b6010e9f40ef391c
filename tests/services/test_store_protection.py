"""Evidence is append-only for every role and on every partition, and each role may do no more than it must."""
# ruff: noqa: S608 - table names come from the catalogue

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store.event_store import EventStore
from services.store.integrity_protection import EVIDENCE
from services.store.migrate import current, head, migrate
from services.store.pools import open_pool
from tests.services.store_samples import command

ROLES = ["superuser", "owner", "app", "sequencer", "auditor"]
REPLICA = "superuser in replica mode"
PARTITIONS = """
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'es.event'::regclass ORDER BY inhrelid"""


FIRST_COLUMN = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND attgenerated = '' AND attidentity = ''
     ORDER BY attnum LIMIT 1"""
SAMPLES = """
    INSERT INTO es.tree_node VALUES (1, 0, sha256('a'));
    INSERT INTO es.checkpoint VALUES (1, sha256('a'), 'a');
    INSERT INTO es.cosignature VALUES (1, 'a', 'a');
    INSERT INTO es.time_stamp VALUES (1, 'a', 'a');
    INSERT INTO es.log_key VALUES ('a');
    INSERT INTO es.document (sha256, media_type, name, content) VALUES (sha256('a'), 'a', 'a', 'a');
    INSERT INTO es.document_reader (sha256) VALUES (sha256('a'));
    INSERT INTO es.notice_attempt (message_id, attempt, step, at, target, repeated)
      VALUES (gen_random_uuid(), 1, 'begun', now(), 'a', false);
    INSERT INTO es.passed_over (pos, stream_id, kind, code, facts) VALUES (1, gen_random_uuid(), 'a', 'a', '{}');
    INSERT INTO private.webhook_attempt (delivery_id, at, took_ms) VALUES (1, now(), 1)"""
# Tables that a process may only add to, but that prove nothing: said here, with the reason.
NOT_EVIDENCE: dict[str, str] = {}
ADDED_TO = """
    SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('es', 'private') AND c.relkind IN ('r', 'p')
       AND EXISTS (SELECT FROM unnest(ARRAY['duban_app', 'duban_sequencer', 'duban_auditor']) AS role
                    WHERE has_table_privilege(role, c.oid, 'INSERT'))
       AND NOT EXISTS (SELECT FROM unnest(ARRAY['duban_app', 'duban_sequencer', 'duban_auditor']) AS role
                        WHERE has_table_privilege(role, c.oid, 'UPDATE, DELETE, TRUNCATE'))
     ORDER BY 1"""


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
    return [*EVIDENCE, *(row["name"] for row in await connection.fetch(PARTITIONS))]


@pytest.mark.parametrize("role", [*ROLES, REPLICA])
async def test_nobody_changes_deletes_or_truncates_evidence_on_any_partition(
    filled: DatabaseAddresses, role: str
) -> None:
    connection = await asyncpg.connect(filled.superuser if role == REPLICA else getattr(filled, role))
    watcher = await asyncpg.connect(filled.superuser)
    names = await tables(watcher)
    assert len(names) == len(EVIDENCE) + 3
    await watcher.execute(SAMPLES)
    before = [await watcher.fetchval(f"SELECT count(*) FROM {name}") for name in names]
    if role == REPLICA:
        await connection.execute("SET session_replication_role = replica")
    for name in names:
        column = await watcher.fetchval(FIRST_COLUMN, name)
        for statement in (f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    assert [await watcher.fetchval(f"SELECT count(*) FROM {name}") for name in names] == before
    assert min(before) > 0, "a trigger for rows needs a row to refuse"
    await connection.close()
    await watcher.close()


async def test_every_table_that_is_only_added_to_is_protected_as_evidence(database: DatabaseAddresses) -> None:
    connection = await asyncpg.connect(database.superuser)
    added_to = {row["name"] for row in await connection.fetch(ADDED_TO)}
    await connection.close()
    assert added_to - NOT_EVIDENCE.keys() <= set(EVIDENCE)


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
        ("app", "UPDATE es.series SET last = 1"),
        ("app", "DELETE FROM es.series"),
        ("app", "INSERT INTO es.series VALUES ('a', 2026, 1)"),
        ("app", "INSERT INTO es.log VALUES (0, 0, '')"),
        ("app", "INSERT INTO es.checkpoint VALUES (1, sha256('a'), 'a')"),
        ("app", "INSERT INTO es.tree_node VALUES (1, 0, sha256('a'))"),
        ("app", "SELECT setval('es.event_seq', 1)"),
        ("app", "ALTER FUNCTION es.deny() RENAME TO allow"),
        ("app", "ALTER TABLE es.event DETACH PARTITION es.event_p0"),
        ("app", "DROP TABLE es.document"),
        ("app", "COPY es.log FROM PROGRAM 'true'"),
        ("app", "ALTER TABLE es.event DISABLE TRIGGER deny_row"),
        ("app", "CREATE TABLE es.mine ()"),
        ("app", "SET session_replication_role = replica"),
        ("app", "SET ROLE duban_owner"),
        ("sequencer", "INSERT INTO es.log VALUES (0, 0, '')"),
        ("sequencer", "UPDATE es.sequencer SET size = 0"),
        ("sequencer", "INSERT INTO es.event (stream_id) VALUES (gen_random_uuid())"),
        ("sequencer", "DROP TRIGGER deny_row ON es.checkpoint"),
        ("sequencer", "SELECT * FROM es.current_state"),
        ("sequencer", "SELECT * FROM private.person"),
        ("auditor", "SELECT * FROM private.person"),
        ("auditor", "SELECT * FROM es.command"),
        ("auditor", "SELECT nextval('es.item_number')"),
        ("auditor", "UPDATE es.subscription SET pos = 0"),
        ("auditor", "INSERT INTO es.log_key VALUES ('a')"),
        ("auditor", "SELECT es.next_number('a', 2026)"),
        ("auditor", "SELECT es.sequence_tick()"),
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
        "INSERT INTO private.person (person_id, name) VALUES (gen_random_uuid(), 'sealed') RETURNING person_id"
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
