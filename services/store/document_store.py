"""Keeps the bytes of documents under their hash, with who may read them; nothing is ever changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.item_queries import Scope

_KEEP = """
    INSERT INTO es.document (sha256, media_type, name, content) VALUES ($1, $2, $3, $4)
    ON CONFLICT (sha256) DO NOTHING"""
_LET_READ = """
    INSERT INTO es.document_reader (sha256, unit, area, principal) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_FIND = "SELECT media_type, name, content, stored_at FROM es.document WHERE sha256 = $1"
# NULL among the scope's units, areas: all of them. A document that concerns no area is nothing to an area's people,
# unless it is for everybody.
_READABLE = """
    SELECT d.media_type, d.name, d.content, d.stored_at FROM es.document d
     WHERE d.sha256 = $1 AND EXISTS (
       SELECT FROM es.document_reader r WHERE r.sha256 = d.sha256 AND (
         ($2::text[] IS NULL AND $3::text[] IS NULL) OR r.principal = $4
         OR (r.unit IS NULL AND r.area IS NULL AND r.principal IS NULL)
         OR (($2 IS NULL OR r.unit = ANY ($2)) AND ($3 IS NULL OR r.area = ANY ($3)))))"""
_MISSING = """
    SELECT w.sha256 FROM unnest($1::bytea[]) AS w (sha256)
     WHERE NOT EXISTS (SELECT FROM es.document d WHERE d.sha256 = w.sha256)"""
_DAMAGED = """
    SELECT sha256 FROM es.document WHERE sha256 > $1 AND sha256 <> sha256(content) ORDER BY sha256 LIMIT 1000"""
_NAMED = """
    SELECT DISTINCT decode(r ->> 'sha256', 'hex') AS sha256 FROM es.event e
     CROSS JOIN LATERAL jsonb_array_elements(
       coalesce(convert_from(e.data, 'UTF8')::jsonb -> 'documents', '[]'::jsonb)) AS r
     WHERE e.type = ANY ($1)
    UNION
    SELECT decode(convert_from(e.data, 'UTF8')::jsonb ->> 'sha256', 'hex') FROM es.event e
     WHERE e.type = 'template.published.v1'"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who may read a document beside those who see everything; nothing named: everybody."""

    unit: str | None = None
    area: str | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A file as it was issued."""

    media_type: str
    name: str
    content: bytes
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentFaults:
    """Hashes in hex: of files that events name and nobody has, and of files whose bytes are not what they were."""

    missing: tuple[str, ...]
    damaged: tuple[str, ...]


async def keep_document(
    connection: asyncpg.Connection | PoolConnectionProxy,
    sha256: bytes,
    media_type: str,
    name: str,
    content: bytes,
    readers: Iterable[Reader],
) -> None:
    """Keep a file over the connection of the transaction that issues it; the same bytes are kept once."""
    await connection.execute(_KEEP, sha256, media_type, name, content)
    for reader in readers:
        await connection.execute(_LET_READ, sha256, reader.unit, reader.area, reader.principal)


class DocumentStore:
    """Reads kept files, over a pool or a connection."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy | asyncpg.Connection) -> None:
        self._pool = pool

    async def find(self, sha256: bytes) -> KeptDocument | None:
        """A file by the hash of its bytes."""
        row = await self._pool.fetchrow(_FIND, sha256)
        return None if row is None else KeptDocument(**row)

    async def readable(self, sha256: bytes, scope: Scope, principal: str) -> KeptDocument | None:
        """A file by its hash, unless the scope or the principal has nothing to do with it."""
        units = None if scope.units is None else sorted(scope.units)
        areas = None if scope.areas is None else sorted(scope.areas)
        if scope.sources is not None:
            units = []  # a back-office system sees what it reported, and documents are not part of that
        row = await self._pool.fetchrow(_READABLE, sha256, units, areas, principal)
        return None if row is None else KeptDocument(**row)

    async def faults(self, types: Iterable[str]) -> DocumentFaults:
        """Compare what events of these types name with what is kept, and every file with its hash."""
        named = [row["sha256"] for row in await self._pool.fetch(_NAMED, sorted(types))]
        missing = [row["sha256"].hex() for row in await self._pool.fetch(_MISSING, named)]
        damaged: list[str] = []
        after = b""
        while page := await self._pool.fetch(_DAMAGED, after):
            damaged += [row["sha256"].hex() for row in page]
            after = page[-1]["sha256"]
        return DocumentFaults(tuple(sorted(missing)), tuple(damaged))
