"""The servers the other tests stand on."""

import asyncpg
from temporalio.testing import WorkflowEnvironment

from services.embedded.databases import DatabaseAddresses


async def test_each_test_has_a_database_of_its_own(database: DatabaseAddresses):
    connection = await asyncpg.connect(database.superuser)
    assert await connection.fetchval("SELECT current_database()") == database.name
    await connection.execute("CREATE TABLE mine (x int)")
    await connection.close()


async def test_nothing_of_one_test_is_seen_by_the_next(database: DatabaseAddresses):
    connection = await asyncpg.connect(database.superuser)
    assert await connection.fetchval("SELECT to_regclass('public.mine')") is None
    await connection.close()


def test_a_test_without_a_loop_has_a_database_too(database: DatabaseAddresses):
    assert database.name in database.app


async def test_temporal_answers(temporal_server):
    client = await temporal_server.connect()
    assert client.namespace == "default"


async def test_months_pass_at_once_where_time_is_skipped(time_skipping: WorkflowEnvironment):
    before = await time_skipping.get_current_time()
    await time_skipping.sleep(90 * 24 * 3600)
    assert (await time_skipping.get_current_time() - before).days >= 90
