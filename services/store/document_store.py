"""Keeps the bytes of documents under their hash, with who may read them; nothing is ever changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.reach import Reach
from services.store.records import StoredState

_KEEP = """
    INSERT INTO es.document (sha256, media_type, name, content) VALUES ($1, $2, $3, $4)
    ON CONFLICT (sha256) DO NOTHING"""
_LET_READ = """
    INSERT INTO es.document_reader (sha256, unit, area, principal) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_FIND = "SELECT media_type, name, content, stored_at FROM es.document WHERE sha256 = $1"
# NULL as the units: whoever asks sees everything.
_READABLE = """
    SELECT d.media_type, d.name, d.content, d.stored_at FROM es.document d
     WHERE d.sha256 = $1 AND ($2::text[] IS NULL OR EXISTS (
       SELECT FROM es.document_reader r WHERE r.sha256 = d.sha256 AND (
         r.unit = ANY ($2) OR r.area = ANY ($3) OR r.principal = $4
         OR (r.unit IS NULL AND r.area IS NULL AND r.principal IS NULL))))"""
# The cases that have issued a file: one of their events names it as a document (evidence is named otherwise).
_OF_CASES = """
    SELECT c.unit, c.area FROM es.document_reader r
      JOIN es.current_state c ON c.kind = 'case' AND c.unit = r.unit
      JOIN es.event e ON e.stream_id = c.stream_id
     WHERE r.sha256 = $1 AND position(convert_to(encode($1, 'hex'), 'UTF8') IN e.data) > 0
       AND convert_from(e.data, 'UTF8')::jsonb -> 'documents'
           @> jsonb_build_array(jsonb_build_object('sha256', encode($1, 'hex')))"""
_PAGE = f"""
    SELECT {STATE_COLUMNS} FROM es.current_state
     WHERE kind = 'document' AND ($1::text IS NULL OR category = $1) AND ($2::text IS NULL OR source = $2)
       AND ($3::text[] IS NULL OR unit = ANY ($3) OR area = ANY ($4) OR state ->> 'issued_by' = $5
            OR category = 'bulletin')
       AND ($6::timestamptz IS NULL OR (reported_at <= $6 AND (reported_at < $6 OR stream_id > $7)))
     ORDER BY reported_at DESC, stream_id LIMIT $8"""  # noqa: S608 - names of columns
_MISSING = """
    SELECT w.sha256 FROM unnest($1::bytea[]) AS w (sha256)
     WHERE NOT EXISTS (SELECT FROM es.document d WHERE d.sha256 = w.sha256)"""
_DAMAGED = """
    SELECT sha256 FROM es.document WHERE sha256 > $1 AND sha256 <> sha256(content) ORDER BY sha256 LIMIT 1000"""
# Every event that names files does so under `documents`; templates name theirs alone. Most events do neither, and are
# told apart by their bytes before any is parsed.
_NAMED = """
    SELECT DISTINCT decode(r ->> 'sha256', 'hex') AS sha256 FROM es.event e
     CROSS JOIN LATERAL jsonb_array_elements(convert_from(e.data, 'UTF8')::jsonb -> 'documents') AS r
     WHERE e.kind = ANY ('{act,case,document}') AND position('"documents":['::bytea IN e.data) > 0
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
class DocumentScope:
    """What somebody may see: documents that concern these units or areas, their own, and those for everybody.

    ``units`` None: all documents. Letters of cases are for those alone who see the case: ``cases``.
    """

    units: frozenset[str] | None
    areas: frozenset[str]
    principal: str
    cases: Reach

    @property
    def arguments(self) -> tuple[list[str] | None, list[str], str]:
        """As the queries take it."""
        return None if self.units is None else sorted(self.units), sorted(self.areas), self.principal


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """Where a page ended."""

    issued_at: datetime
    document_id: UUID


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

    async def readable(self, sha256: bytes, scope: DocumentScope) -> KeptDocument | None:
        """A file by its hash, unless it lies outside the scope."""
        cases = await self._pool.fetch(_OF_CASES, sha256)
        if cases:
            return await self.find(sha256) if any(scope.cases.covers(*case) for case in cases) else None
        row = await self._pool.fetchrow(_READABLE, sha256, *scope.arguments)
        return None if row is None else KeptDocument(**row)

    async def page(
        self, kind: str | None, about: UUID | None, scope: DocumentScope, after: DocumentPlace | None, limit: int
    ) -> list[StoredState]:
        """The next documents that were issued on demand, newest first."""
        at, last = (after.issued_at, after.document_id) if after else (None, None)
        source = None if about is None else str(about)
        rows = await self._pool.fetch(_PAGE, kind, source, *scope.arguments, at, last, limit)
        return [state_of(row) for row in rows]

    async def count(self) -> int:
        """How many files are kept."""
        return await self._pool.fetchval("SELECT count(*) FROM es.document")

    async def faults(self) -> DocumentFaults:
        """Compare what events name with what is kept, and every file with its hash."""
        named = [row["sha256"] for row in await self._pool.fetch(_NAMED)]
        missing = [row["sha256"].hex() for row in await self._pool.fetch(_MISSING, named)]
        damaged: list[str] = []
        after = b""
        while page := await self._pool.fetch(_DAMAGED, after):
            damaged += [row["sha256"].hex() for row in page]
            after = page[-1]["sha256"]
        return DocumentFaults(tuple(sorted(missing)), tuple(damaged))
