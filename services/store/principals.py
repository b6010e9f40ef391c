"""Keeps API keys (their hashes alone) and the personal data that events may not carry, where it can be erased."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_KEY = """
    SELECT k.secret_sha256, s.state FROM private.api_key k
      JOIN es.current_state s ON s.stream_id = k.principal_id AND s.kind = 'principal'
     WHERE k.key_id = $1 AND k.revoked_at IS NULL"""
_ADD_KEY = "INSERT INTO private.api_key (key_id, principal_id, secret_sha256) VALUES ($1, $2, $3)"
_REVOKE_KEY = "UPDATE private.api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1"
_SAVE_PERSON = """
    INSERT INTO private.person (person_id, name, phone, email) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, phone = excluded.phone, email = excluded.email"""
_SAVE_PEOPLE = """
    INSERT INTO private.person (person_id, name, phone) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
    ON CONFLICT (person_id) DO NOTHING"""
_PEOPLE = "SELECT person_id, name, phone, email FROM private.person WHERE person_id = ANY ($1)"
# The empty row stays, so that a report that is delivered once more does not bring the person back.
_ERASE_PERSON = """
    UPDATE private.person SET name = NULL, phone = NULL, address = NULL, email = NULL WHERE person_id = $1"""
_PRINCIPALS = """
    SELECT s.stream_id, s.version, s.state, s.updated_at, p.name, p.phone, p.email FROM es.current_state s
      LEFT JOIN private.person p ON p.person_id = s.stream_id
     WHERE s.kind = 'principal' AND s.stream_id > $1 ORDER BY s.stream_id LIMIT $2"""
_PRINCIPAL = """
    SELECT s.stream_id, s.version, s.state, s.updated_at, p.name, p.phone, p.email FROM es.current_state s
      LEFT JOIN private.person p ON p.person_id = s.stream_id
     WHERE s.kind = 'principal' AND s.stream_id = $1"""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key's hash and its principal's state as JSON."""

    secret_sha256: bytes
    principal: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """Personal data under an opaque id."""

    person_id: UUID
    name: str | None
    phone: str | None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class PrincipalRecord:
    """A principal's state as JSON, with the name that stands outside of all events."""

    principal_id: UUID
    version: int
    state: bytes
    updated_at: datetime
    name: str | None
    phone: str | None
    email: str | None


class PrincipalStore:
    """Keys and people, over a pool on the application's role, or the connection of a transaction they are part of."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy) -> None:
        self._pool = pool

    async def key(self, key_id: str) -> KeyRecord | None:
        """Find a key that was not revoked."""
        row = await self._pool.fetchrow(_KEY, key_id)
        return None if row is None else KeyRecord(row["secret_sha256"], row["state"])

    async def add_key(self, key_id: str, principal_id: UUID, secret_sha256: bytes) -> None:
        """Store a new key's hash. The key is in force once its event is written."""
        await self._pool.execute(_ADD_KEY, key_id, principal_id, secret_sha256)

    async def revoke_key(self, key_id: str, at: datetime) -> None:
        """Keep the hash, and never accept it again."""
        await self._pool.execute(_REVOKE_KEY, key_id, at)

    async def save_person(self, person: Person) -> None:
        """Write or replace one person."""
        await self._pool.execute(_SAVE_PERSON, person.person_id, person.name, person.phone, person.email)

    async def save_people(self, people: list[Person]) -> None:
        """Write people of a batch in one statement; those already there stay as they are."""
        if people:
            await self._pool.execute(
                _SAVE_PEOPLE,
                [person.person_id for person in people],
                [person.name for person in people],
                [person.phone for person in people],
            )

    async def people(self, person_ids: list[UUID]) -> dict[UUID, Person]:
        """Find people by id; of erased ones nothing is left but the id."""
        rows = await self._pool.fetch(_PEOPLE, person_ids)
        return {row["person_id"]: Person(row["person_id"], row["name"], row["phone"], row["email"]) for row in rows}

    async def erase_person(self, person_id: UUID) -> None:
        """Erase one person for good."""
        await self._pool.execute(_ERASE_PERSON, person_id)

    async def principals(self, after: UUID, limit: int) -> list[PrincipalRecord]:
        """A page of all principals in the order of their ids."""
        return [_record(row) for row in await self._pool.fetch(_PRINCIPALS, after, limit)]

    async def principal(self, principal_id: UUID) -> PrincipalRecord | None:
        """Find one principal."""
        row = await self._pool.fetchrow(_PRINCIPAL, principal_id)
        return None if row is None else _record(row)


def _record(row: asyncpg.Record) -> PrincipalRecord:
    return PrincipalRecord(
        row["stream_id"], row["version"], row["state"], row["updated_at"], row["name"], row["phone"], row["email"]
    )
