"""Keeps people's keys in a PostgreSQL database of their own, for gateways on several machines."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.person_keys import Master, PeopleKeysError, WrappedKey

_CONNECTIONS = 4
_IS_OF_EVENTS = "SELECT to_regclass('es.event') IS NOT NULL"
_EXISTS = "SELECT to_regclass('duban_people.person_key') IS NOT NULL"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('duban people keys', 0))"
_SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS duban_people;
    CREATE TABLE IF NOT EXISTS duban_people.master (
      master_id text COLLATE "C" PRIMARY KEY, key bytea NOT NULL, in_force bool NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS master_in_force ON duban_people.master (in_force) WHERE in_force;
    CREATE TABLE IF NOT EXISTS duban_people.person_key (
      key_id bytea PRIMARY KEY, master_id text COLLATE "C" NOT NULL, wrapped bytea NOT NULL);
    CREATE INDEX IF NOT EXISTS person_key_master ON duban_people.person_key (master_id);"""
_IN_FORCE = "SELECT master_id, key FROM duban_people.master WHERE in_force"
_IN_FORCE_HELD = "SELECT master_id FROM duban_people.master WHERE in_force FOR SHARE"
_MASTERS = "SELECT master_id, key FROM duban_people.master"
_RETIRE = "UPDATE duban_people.master SET in_force = false WHERE in_force"
_PUT_IN_FORCE = "INSERT INTO duban_people.master (master_id, key, in_force) VALUES ($1, $2, true)"
_DROP_MASTERS = """
    DELETE FROM duban_people.master m
     WHERE NOT in_force AND NOT EXISTS (SELECT FROM duban_people.person_key k WHERE k.master_id = m.master_id)
    RETURNING master_id"""
_ADD = """
    INSERT INTO duban_people.person_key (key_id, master_id, wrapped)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[]) ON CONFLICT (key_id) DO NOTHING"""
_READ = "SELECT key_id, master_id, wrapped FROM duban_people.person_key WHERE key_id = ANY ($1)"
_DELETE = "DELETE FROM duban_people.person_key WHERE key_id = ANY ($1)"
_OTHERS = """
    SELECT key_id, master_id, wrapped FROM duban_people.person_key
     WHERE master_id <> $1 AND key_id > $2 ORDER BY key_id LIMIT $3"""
_REWRAP = """
    UPDATE duban_people.person_key k SET master_id = n.master_id, wrapped = n.wrapped
      FROM unnest($1::bytea[], $2::text[], $3::bytea[]) AS n (key_id, master_id, wrapped)
     WHERE k.key_id = n.key_id"""


class KeyDatabase:
    """The keys in another database than the events', which the role of the address may create a schema in.

    Raises PeopleKeysError where it is the events' own: a backup of that one would hold lock and key.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: asyncpg.Pool | None = None

    async def in_force(self) -> Master | None:
        """The master key that new keys are wrapped by; None in a new store."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(_IN_FORCE)
        return None if row is None else Master(row["master_id"], row["key"])

    async def masters(self) -> Mapping[str, bytes]:
        """Every master key there is, by id."""
        async with self._transaction() as connection:
            return {row["master_id"]: row["key"] for row in await connection.fetch(_MASTERS)}

    async def put_in_force(self, master_id: str, key: bytes, instead_of: str | None) -> bool:
        """Add a master key and put it in force; False where another than the one named is in force by now."""
        async with self._transaction() as connection:
            await connection.execute(_LOCK)
            row = await connection.fetchrow(_IN_FORCE)
            if (row["master_id"] if row else None) != instead_of:
                return False
            await connection.execute(_RETIRE)
            await connection.execute(_PUT_IN_FORCE, master_id, key)
            return True

    async def drop_masters(self) -> int:
        """Destroy the master keys that wrap nothing and are not in force; how many."""
        async with self._transaction() as connection:
            return len(await connection.fetch(_DROP_MASTERS))

    async def add(self, keys: Sequence[WrappedKey]) -> bool:
        """Add keys wrapped by one master; False where it is no longer in force. A key that is there stays."""
        async with self._transaction() as connection:
            if not await _wrapped_by_master_in_force(connection, keys):
                return False
            await connection.execute(_ADD, *_columns(keys))
            return True

    async def read(self, key_ids: Sequence[bytes]) -> list[WrappedKey]:
        """The keys that exist among these."""
        async with self._transaction() as connection:
            return [WrappedKey(**row) for row in await connection.fetch(_READ, list(key_ids))]

    async def delete(self, key_ids: Sequence[bytes]) -> None:
        """Destroy keys, whether they exist or not."""
        async with self._transaction() as connection:
            await connection.execute(_LOCK)  # a rotation locks the same rows in another order
            await connection.execute(_DELETE, list(key_ids))

    async def wrapped_by_others(self, master_id: str, after: bytes, limit: int) -> list[WrappedKey]:
        """Keys that another master wraps, in the order of their ids."""
        async with self._transaction() as connection:
            return [WrappedKey(**row) for row in await connection.fetch(_OTHERS, master_id, after, limit)]

    async def rewrap(self, keys: Sequence[WrappedKey]) -> bool:
        """Replace how keys are wrapped, by one master; False where it is no longer in force."""
        async with self._transaction() as connection:
            await connection.execute(_LOCK)
            if not await _wrapped_by_master_in_force(connection, keys):
                return False
            await connection.execute(_REWRAP, *_columns(keys))
            return True

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[PoolConnectionProxy]:
        if self._pool is None:
            await self._found()
            self._pool = await asyncpg.create_pool(self._dsn, min_size=0, max_size=_CONNECTIONS)
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    async def _found(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            if await connection.fetchval(_IS_OF_EVENTS):
                raise PeopleKeysError("people_keys_beside_events", "DUBAN_PEOPLE_KEYS")
            if not await connection.fetchval(_EXISTS):
                async with connection.transaction():
                    await connection.execute(_LOCK)
                    await connection.execute(_SCHEMA)
        finally:
            await connection.close()


async def _wrapped_by_master_in_force(connection: PoolConnectionProxy, keys: Sequence[WrappedKey]) -> bool:
    """Whether all are; that master stays in force until the transaction ends."""
    in_force = await connection.fetchval(_IN_FORCE_HELD)
    return all(key.master_id == in_force for key in keys)


def _columns(keys: Sequence[WrappedKey]) -> list[list[object]]:
    return [[getattr(key, name) for key in keys] for name in WrappedKey.__slots__]
