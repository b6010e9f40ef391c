"""Documents are kept in the transaction that issues them, under their hash, and nobody can change them."""

import hashlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.document.commands import PublishTemplate
from domain.document.values import DocumentKind
from services.documents.built_in import LETTERS
from services.documents.desk import Desk, MissingTemplateError, built_in
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import TEMPLATE
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.store.document_store import DocumentScope, DocumentStore, Reader, keep_document
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.reach import Reach
from tests.domain.clocks import november
from tests.services.document_samples import decision, letters

EVERYTHING = DocumentScope(units=None, areas=frozenset(), principal="auditor", cases=Reach())


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app, max_size=4) as opened:
        yield opened


def scope(*units: str, areas: tuple[str, ...] = (), principal: str = "somebody") -> DocumentScope:
    return DocumentScope(units=frozenset(units), areas=frozenset(areas), principal=principal, cases=Reach(frozenset()))


async def test_every_kind_of_letter_is_drawn_up_and_kept_under_its_hash(pool: asyncpg.Pool):
    desk, store = Desk(pool), DocumentStore(pool)
    for kind in LETTERS:
        async with pool.acquire() as connection, connection.transaction():
            refs = await desk.draw_up(connection, letters()[kind])
        assert [ref.format for ref in refs] == ["docx", "pdf"]
        assert [ref.template for ref in refs] == [f"{kind}@builtin-1", "gbt9704@builtin-1"]
        for ref in refs:
            kept = await store.find(bytes.fromhex(ref.sha256))
            assert kept is not None
            assert hashlib.sha256(kept.content).hexdigest() == ref.sha256
            assert kept.name.endswith(f".{ref.format}")
            assert await desk.document(ref.sha256) == kept


async def test_what_is_undone_leaves_no_file(pool: asyncpg.Pool):
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        refs = await Desk(pool).draw_up(connection, decision())
        await undone.rollback()
    assert await pool.fetchval("SELECT count(*) FROM es.document") == 0
    assert await Desk(pool).document(refs[0].sha256) is None


async def test_the_same_letter_is_kept_once(pool: asyncpg.Pool):
    async with pool.acquire() as connection:
        first = await Desk(pool).draw_up(connection, decision())
        assert await Desk(pool).draw_up(connection, decision()) == first
    assert await pool.fetchval("SELECT count(*) FROM es.document") == 2
    assert await pool.fetchval("SELECT count(*) FROM es.document_reader") == 2


async def test_who_has_nothing_to_do_with_a_document_does_not_find_it(pool: asyncpg.Pool):
    store = DocumentStore(pool)
    async with pool.acquire() as connection:
        ref, _ = await Desk(pool).draw_up(connection, decision())
        public, _ = await Desk(pool).draw_up(connection, letters()[DocumentKind.BULLETIN])
        mine = b"mine"
        digest = hashlib.sha256(mine).digest()
        await keep_document(connection, digest, "text/plain", "mine.txt", mine, [Reader(principal="me")])
    sha256 = bytes.fromhex(ref.sha256)
    assert await store.readable(sha256, EVERYTHING)
    assert await store.readable(sha256, scope("city-management"))
    assert await store.readable(sha256, scope(areas=("east",)))
    assert await store.readable(sha256, scope("sanitation", areas=("west",))) is None
    assert await store.readable(sha256, scope()) is None
    assert await store.readable(bytes.fromhex(public.sha256), scope())
    assert await store.readable(digest, scope(principal="me"))
    assert await store.readable(digest, scope("city-management")) is None
    assert await store.readable(b"\x00" * 32, EVERYTHING) is None


async def test_bytes_that_are_not_what_the_hash_says_are_not_kept(pool: asyncpg.Pool):
    with pytest.raises(asyncpg.CheckViolationError):
        async with pool.acquire() as connection:
            await keep_document(connection, b"\x00" * 32, "text/plain", "x", b"other", [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE es.document SET name = 'x'",
        "DELETE FROM es.document",
        "TRUNCATE es.document CASCADE",
        "SET session_replication_role = replica; DELETE FROM es.document",
    ],
)
async def test_nobody_changes_a_kept_document(pool: asyncpg.Pool, database: DatabaseAddresses, statement: str):
    async with pool.acquire() as connection:
        await Desk(pool).draw_up(connection, decision())
    for dsn in (database.app, database.superuser):
        somebody = await asyncpg.connect(dsn)
        try:
            with pytest.raises(asyncpg.PostgresError):
                await somebody.execute(statement)
        finally:
            await somebody.close()
    assert await pool.fetchval("SELECT count(*) FROM es.document") == 2


async def test_the_newest_template_is_in_force_from_its_event_on(pool: asyncpg.Pool):
    desk, handler = Desk(pool), CommandHandler(EventStore(pool), RulebookSource(pool))
    bulletin = built_in(DocumentKind.BULLETIN)
    office = Actor(principal="office", role=Role.OFFICE)
    digest = hashlib.sha256(bulletin)
    command = PublishTemplate(
        command_id="1", at=november(16, 9), actor=office, kind=DocumentKind.DECISION, sha256=digest.hexdigest()
    )
    await handler.handle(Wish(TEMPLATE, TEMPLATE.stream(DocumentKind.DECISION), command))
    with pytest.raises(MissingTemplateError):
        await desk.template(pool, DocumentKind.DECISION)
    async with pool.acquire() as connection:
        await keep_document(connection, digest.digest(), "x", "t.docx", bulletin, [])
        assert await desk.template(connection, DocumentKind.DECISION) == ("decision@1", bulletin)
        ref, _ = await desk.draw_up(connection, decision())
    assert ref.template == "decision@1"
    assert (await desk.template(pool, DocumentKind.CARD))[0] == "card@builtin-1"


async def test_what_is_missing_is_named(pool: asyncpg.Pool):
    office = Actor(principal="office", role=Role.OFFICE)
    command = PublishTemplate(
        command_id="1", at=november(16, 9), actor=office, kind=DocumentKind.DECISION, sha256="a" * 64
    )
    handler = CommandHandler(EventStore(pool), RulebookSource(pool))
    await handler.handle(Wish(TEMPLATE, TEMPLATE.stream(DocumentKind.DECISION), command))
    faults = await DocumentStore(pool).faults()
    assert (faults.missing, faults.damaged) == (("a" * 64,), ())
