"""Keeps API keys (their hashes alone), and finds principals together with what is sealed about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.people import SealedPerson

_KEY = """
    SELECT k.secret_sha256, s.state FROM private.api_key k
      JOIN es.current_state s ON s.stream_id = k.principal_id AND s.kind = 'principal'
     WHERE k.key_id = $1 AND k.revoked_at IS NULL"""
_ADD_KEY = "INSERT INTO private.api_key (key_id, principal_id, secret_sha256) VALUES ($1, $2, $3)"
_REVOKE_KEY = "UPDATE private.api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1"
_PRINCIPALS = """
    SELECT s.stream_id, s.version, s.state, s.updated_at, p.key_id, p.name, p.phone,
           p.email FROM es.current_state s
      LEFT JOIN private.person p ON p.person_id = s.stream_id
     WHERE s.kind = 'principal' AND s.stream_id > $1 ORDER BY s.stream_id LIMIT $2"""
_PRINCIPAL = """
    SELECT s.stream_id, s.version, s.state, s.updated_at, p.key_id, p.name, p.phone,
           p.email FROM es.current_state s
      LEFT JOIN private.person p ON p.person_id = s.stream_id
     WHERE s.kind = 'principal' AND s.stream_id = $1"""

_KNOWN = """
    SELECT stream_id AS person_id FROM es.current_state WHERE kind = 'principal' AND stream_id = ANY ($1)
     UNION SELECT person_id FROM private.person WHERE person_id = ANY ($1)"""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key's hash and its principal's state as JSON."""

    secret_sha256: bytes
    principal: bytes


@dataclass(frozen=True, slots=True)
class PrincipalRecord:
    """A principal's state as JSON, with what is sealed about them, which stands outside of all events."""

    principal_id: UUID
    version: int
    state: bytes
    updated_at: datetime
    person: SealedPerson


class PrincipalStore:
    """Keys and principals, over a pool on the application's role, or a transaction's connection."""

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

    async def principals(self, after: UUID, limit: int) -> list[PrincipalRecord]:
        """A page of all principals in the order of their ids."""
        return [_record(row) for row in await self._pool.fetch(_PRINCIPALS, after, limit)]

    async def principal(self, principal_id: UUID) -> PrincipalRecord | None:
        """Find one principal."""
        row = await self._pool.fetchrow(_PRINCIPAL, principal_id)
        return None if row is None else _record(row)

    async def known(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of the ids that stand for a principal, or for a person of whom something is or was kept."""
        return frozenset(row["person_id"] for row in await self._pool.fetch(_KNOWN, list(ids)))


def _record(row: asyncpg.Record) -> PrincipalRecord:
    person = SealedPerson(row["stream_id"], row["key_id"], row["name"], row["phone"], row["email"])
    return PrincipalRecord(row["stream_id"], row["version"], row["state"], row["updated_at"], person)
