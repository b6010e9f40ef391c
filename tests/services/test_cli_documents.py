"""`duban documents` names files that are missing or not what they were, and says so by its exit code."""

import hashlib

import asyncpg
from pydantic import SecretStr

from domain.actor import Actor, Role
from domain.document.commands import PublishTemplate
from domain.document.values import DocumentKind
from services.cli.document_check import check_documents
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import TEMPLATE
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.settings import Settings
from services.store.document_store import keep_document
from services.store.event_store import EventStore
from services.store.pools import open_pool
from tests.domain.clocks import november

CONTENT = b"a template"


async def test_what_is_missing_or_damaged_is_named(database: DatabaseAddresses, capsys):
    settings = Settings(database_app_url=SecretStr(database.app), database_owner_url=SecretStr(database.superuser))
    assert await check_documents(settings) == 0
    digest = hashlib.sha256(CONTENT)
    command = PublishTemplate(
        command_id="1",
        at=november(16, 9),
        actor=Actor(principal="office", role=Role.OFFICE),
        kind=DocumentKind.DECISION,
        sha256=digest.hexdigest(),
    )
    async with await open_pool(database.app) as pool:
        handler = CommandHandler(EventStore(pool), RulebookSource(pool))
        await handler.handle(Wish(TEMPLATE, TEMPLATE.stream(DocumentKind.DECISION), command))
        assert await check_documents(settings) == 1
        assert digest.hexdigest() in capsys.readouterr().out
        async with pool.acquire() as connection:
            await keep_document(connection, digest.digest(), "x", "t.docx", CONTENT, [])
        assert await check_documents(settings) == 0
    owner = await asyncpg.connect(database.superuser)
    # What only a damaged disk or somebody at the files themselves can do.
    await owner.execute("ALTER TABLE es.document DISABLE TRIGGER deny_row")
    await owner.execute("ALTER TABLE es.document DROP CONSTRAINT document_check")
    await owner.execute("UPDATE es.document SET content = 'other'")
    await owner.close()
    capsys.readouterr()
    assert await check_documents(settings) == 1
    assert f"damaged {digest.hexdigest()}" in capsys.readouterr().out
