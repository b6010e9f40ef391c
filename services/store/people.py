"""Keeps what is known of people, sealed, where it can be erased; the keys that open it lie in another store."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_ADD = """
    INSERT INTO private.person (person_id, key_id, name, phone, email)
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
    ON CONFLICT (person_id) DO NOTHING RETURNING person_id"""
# Before the next statement takes its snapshot, so that it dooms the key that is there when the row is changed.
_LOCK = "SELECT FROM private.person WHERE person_id = $1 FOR UPDATE"
_REPLACE = """
    WITH before AS (SELECT key_id FROM private.person WHERE person_id = $1 AND key_id IS NOT NULL),
         doomed AS (INSERT INTO private.doomed_key (key_id) SELECT key_id FROM before ON CONFLICT DO NOTHING)
    INSERT INTO private.person (person_id, key_id, name, phone, email) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (person_id) DO UPDATE SET key_id = excluded.key_id, name = excluded.name, phone = excluded.phone,
                                          email = excluded.email, in_clear = false"""
# The empty row stays, so that a report that is delivered once more does not bring the person back.
_ERASE = """
    WITH before AS (SELECT key_id FROM private.person WHERE person_id = $1 AND key_id IS NOT NULL),
         doomed AS (INSERT INTO private.doomed_key (key_id) SELECT key_id FROM before ON CONFLICT DO NOTHING)
    UPDATE private.person SET key_id = NULL, name = NULL, phone = NULL, email = NULL, in_clear = false
     WHERE person_id = $1"""
_FIND = "SELECT person_id, key_id, name, phone, email FROM private.person WHERE person_id = ANY ($1)"
_SEALED = """
    SELECT person_id, key_id, name, phone, email FROM private.person
     WHERE person_id > $1 AND key_id IS NOT NULL ORDER BY person_id LIMIT $2"""
# Of everybody who reports there is a row, an empty one after the erasure.
_REPORTERS_MISSING = """
    SELECT stream_id, reporter FROM (
      SELECT stream_id, state #>> '{dossier,issue,reporter}' AS reporter FROM es.current_state WHERE kind = 'item') s
     WHERE reporter IS NOT NULL AND NOT EXISTS (SELECT FROM private.person p WHERE p.person_id::text = reporter)
     ORDER BY stream_id LIMIT $1"""
_KEYS_IN_USE = "SELECT key_id FROM private.person WHERE key_id > $1 ORDER BY key_id LIMIT $2"
_DOOMED = """
    SELECT key_id FROM private.doomed_key
     WHERE key_id > $1 AND ($2 OR destroyed_at IS NULL) ORDER BY key_id LIMIT $3"""
_DESTROYED = """
    UPDATE private.doomed_key SET destroyed_at = now() WHERE key_id = ANY ($1) AND destroyed_at IS NULL"""
_CLEAR_LEFT = "SELECT to_regclass('private.person_in_clear') IS NOT NULL"
_CLEAR = """
    SELECT person_id, name, phone, email FROM private.person_in_clear
     ORDER BY person_id LIMIT $1 FOR UPDATE SKIP LOCKED"""
# Whoever was erased, or written anew, since the table was changed has no use for what stood in the clear.
_SEAL = """
    UPDATE private.person p
       SET key_id = s.key_id, name = s.name, phone = s.phone, email = s.email, in_clear = false
      FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
           AS s (person_id, key_id, name, phone, email)
     WHERE p.person_id = s.person_id AND p.in_clear"""
_CLEARED = "DELETE FROM private.person_in_clear WHERE person_id = ANY ($1)"
_IS_CLEAR = "SELECT NOT EXISTS (SELECT FROM private.person_in_clear)"
_DROP_CLEAR = "DROP TABLE private.person_in_clear"


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A person as the database knows them: ciphertexts, and the id of the key that opens them; all None once erased."""

    person_id: UUID
    key_id: bytes | None = None
    name: bytes | None = None
    phone: bytes | None = None
    email: bytes | None = None


@dataclass(frozen=True, slots=True)
class ClearPerson:
    """What an older version had written in the clear."""

    person_id: UUID
    name: str | None
    phone: str | None
    email: str | None


class PeopleStore:
    """Sealed people, over a pool on the application's role, or the connection of a transaction they are part of."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy | asyncpg.Connection) -> None:
        self._pool = pool

    async def add(self, people: Sequence[SealedPerson]) -> set[UUID]:
        """Write new people in one statement; those already there stay as they are. Who was added."""
        return {row["person_id"] for row in await self._pool.fetch(_ADD, *_columns(people))}

    async def replace(self, person: SealedPerson) -> None:
        """Write one person, inside a transaction; the key of what stood there before is doomed."""
        await self._pool.execute(_LOCK, person.person_id)
        await self._pool.execute(_REPLACE, person.person_id, person.key_id, person.name, person.phone, person.email)

    async def erase(self, person_id: UUID) -> None:
        """Forget what is known of a person, inside a transaction; its key is doomed."""
        await self._pool.execute(_LOCK, person_id)
        await self._pool.execute(_ERASE, person_id)

    async def find(self, person_ids: Sequence[UUID]) -> list[SealedPerson]:
        """Find people by id; of erased ones nothing is left but the id."""
        return [SealedPerson(**row) for row in await self._pool.fetch(_FIND, list(person_ids))]

    async def sealed(self, after: UUID, limit: int) -> list[SealedPerson]:
        """People of whom something is kept, in the order of ids."""
        return [SealedPerson(**row) for row in await self._pool.fetch(_SEALED, after, limit)]

    async def reporters_missing(self, limit: int) -> list[tuple[UUID, str]]:
        """Items whose reporter has no row, with the reporter's id."""
        return [(row["stream_id"], row["reporter"]) for row in await self._pool.fetch(_REPORTERS_MISSING, limit)]

    async def keys_in_use(self, after: bytes, limit: int) -> list[bytes]:
        """The ids of keys that something is sealed with, in order."""
        return [row["key_id"] for row in await self._pool.fetch(_KEYS_IN_USE, after, limit)]

    async def doomed(self, after: bytes, limit: int, *, destroyed_too: bool = False) -> list[bytes]:
        """The ids of keys that must not exist any more, in order; those already destroyed only if asked for."""
        return [row["key_id"] for row in await self._pool.fetch(_DOOMED, after, destroyed_too, limit)]

    async def destroyed(self, key_ids: Sequence[bytes]) -> None:
        """Write down that keys were destroyed. Their ids stay, in case a restored key store brings them back."""
        await self._pool.execute(_DESTROYED, list(key_ids))


class ClearPeople:
    """What an older version had written in the clear, until it is sealed; over one connection."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def left(self) -> bool:
        """Whether there is such a table any more."""
        return await self._connection.fetchval(_CLEAR_LEFT)

    async def next(self, limit: int) -> list[ClearPerson]:
        """Some of those that are left and that nobody else is sealing; inside a transaction."""
        return [ClearPerson(**row) for row in await self._connection.fetch(_CLEAR, limit)]

    async def seal(self, people: Sequence[SealedPerson]) -> None:
        """Put sealed values in place of those in the clear; inside the same transaction."""
        await self._connection.execute(_SEAL, *_columns(people))
        await self._connection.execute(_CLEARED, [person.person_id for person in people])

    async def drop(self) -> bool:
        """Drop the table once it is empty, and its file with it, as the schema's owner; False where it is not empty."""
        if not await self._connection.fetchval(_IS_CLEAR):
            return False
        await self._connection.execute(_DROP_CLEAR)
        return True


def _columns(people: Sequence[SealedPerson]) -> list[list[object]]:
    return [[getattr(person, name) for person in people] for name in SealedPerson.__slots__]
