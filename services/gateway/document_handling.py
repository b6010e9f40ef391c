"""How documents are drawn up on demand and templates taken in: files first, under their hash, then the event."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.actor import Role
from domain.document.commands import IssueDocument, PublishTemplate
from domain.document.decisions import check_issuing, check_publishing
from domain.document.rejections import LedgerTooLarge
from domain.document.state import IssuedDocument
from domain.document.values import About, AboutBulletin, AboutItem, AboutItems, DocumentKind, DocumentRef, FilterTerm
from domain.item.rejections import NoSuchItem
from domain.item.state import ITEMS
from domain.rulebook.rulebook import Rulebook
from services.documents.ledger import ledger
from services.documents.letter import Letter
from services.documents.letters import bulletin_letter, dispatch_letter
from services.documents.letters.wording import Reader, say
from services.documents.template_check import check_template
from services.gateway.authentication import Caller
from services.gateway.bulletin_handling import check_campaign
from services.gateway.bulletin_handling import read as read_bulletin
from services.gateway.campaign_scope import obligation_scope_of
from services.gateway.case_scope import case_scope_of
from services.gateway.dependencies import Asked
from services.gateway.item_history import timezone_of
from services.gateway.item_lists import ItemsWanted
from services.gateway.scope import scope_of
from services.gateway.wiring import Gateway
from services.handling.aggregates import DOCUMENT, TEMPLATE
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.document_store import DocumentScope
from services.store.document_store import Reader as FileReader
from services.store.item_queries import ItemFilter, Place, Scope
from services.store.records import StoredState

MOST_ITEMS = 50_000
_PAGE = 2_000
_LEDGER = "ledger@builtin-1"


class DocumentBody(BaseModel):
    """What to draw up: the dispatch order of an item, a bulletin, or the ledger of all items that a filter finds."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["dispatch_order", "bulletin", "ledger"] = Field(description="文书种类。 Kind.")
    item: UUID | None = Field(None, description="交办单的事项。 The item of a dispatch order.")
    bulletin: UUID | None = Field(None, description="所印发的通报。 The bulletin.")
    filter: ItemsWanted | None = Field(None, description="台账的筛选条件，同事项列表。 As in the list of items.")

    @model_validator(mode="after")
    def _says_what_about(self) -> Self:
        given = {name for name in ("item", "bulletin", "filter") if getattr(self, name) is not None}
        wanted = {"dispatch_order": {"item"}, "bulletin": {"bulletin"}, "ledger": {"filter"}}[self.kind]
        if given != wanted and not (self.kind == "ledger" and not given):
            raise ValueError(f"{self.kind} is drawn up of {', '.join(wanted)}")
        return self

    @property
    def about(self) -> About:
        """As the event names it."""
        if self.item is not None:
            return AboutItem(stream_id=self.item)
        if self.bulletin is not None:
            return AboutBulletin(stream_id=self.bulletin)
        given: dict[str, Any] = self.filter.model_dump(mode="json", exclude_none=True) if self.filter else {}
        return AboutItems(filter=tuple(_term(name, given[name]) for name in sorted(given)))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What was drawn up, as the command needs it."""

    documents: tuple[DocumentRef, ...]
    title: str
    number: str = ""
    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None


def document_scope_of(caller: Caller, rules: Rulebook) -> DocumentScope:
    """Documents about the units whose obligations somebody sees; for whoever is bound to an area, about its places.

    Back-office systems and their like: those for everybody. Letters of a case: exactly those who see the case.
    """
    area = caller.standing.area if caller.standing.role is not Role.HANDLER else None
    return DocumentScope(
        units=obligation_scope_of(caller, rules),
        areas=rules.areas_below(area) if area else frozenset(),
        principal=caller.principal_id,
        cases=case_scope_of(caller, rules),
    )


async def issue(parts: Gateway, asked: Asked, body: DocumentBody) -> IssuedDocument:
    """Draw up a document; the same key gets the same document."""
    rules = await parts.rulebooks.current()
    stream_id = DOCUMENT.stream(asked.command_id)
    command = IssueDocument(
        **asked.fields, document_id=stream_id, kind=DocumentKind(body.kind), about=body.about, as_of=asked.at
    )
    check_issuing(command)
    request = hashlib.sha256(f"IssueDocument {body.model_dump_json()}".encode()).digest()
    wish = Wish(DOCUMENT, stream_id, command, request_sha256=request)
    if await parts.handler.answered_before(wish) is None:
        drawn = await _draw_up(parts, asked, body, rules)
        content = {
            name: getattr(drawn, name) for name in ("documents", "title", "number", "campaign_id", "unit", "area")
        }
        complete = command.model_copy(update=content)
        await parts.handler.handle(Wish(DOCUMENT, stream_id, complete, new=True, request_sha256=request))
    stored = await parts.store.state(stream_id)
    if stored is None:
        raise LookupError(stream_id)
    return IssuedDocument.model_validate_json(stored.state)


async def publish_template(
    parts: Gateway, asked: Asked, kind: DocumentKind, template: bytes, note: str | None
) -> Receipt:
    """Check a template, keep its bytes, and let it be in force from now on."""
    sha256 = hashlib.sha256(template).hexdigest()
    command = PublishTemplate(**asked.fields, kind=kind, sha256=sha256, note=note)
    check_publishing(command)
    await asyncio.to_thread(check_template, kind, template)
    nobody = FileReader(principal=asked.caller.principal_id)
    async with parts.pool.acquire() as connection:
        await parts.desk.keep(connection, kind, "docx", template, TEMPLATE.kind, f"{kind}-template", [nobody])
    wish = Wish(TEMPLATE, TEMPLATE.stream(kind), command, expected_version=asked.expected_version)
    return await parts.handler.handle(wish)


async def _draw_up(parts: Gateway, asked: Asked, body: DocumentBody, rules: Rulebook) -> _Drawn:
    if body.item is not None:
        stored = await parts.items.one(body.item, scope_of(asked.caller, rules), asked.at)
        if stored is None:
            raise NoSuchItem
        item = ITEMS.validate_json(stored.state)
        letter, campaign_id = dispatch_letter(item, rules, asked.at), item.dossier.campaign_id
        return await _letter(parts, letter, campaign_id, stored.row.unit)
    if body.bulletin is not None:
        bulletin, _ = await read_bulletin(parts, body.bulletin)
        await check_campaign(parts, asked, bulletin.campaign_id, rules, IssueDocument.__name__)
        return await _letter(parts, bulletin_letter(bulletin, rules), bulletin.campaign_id, None)
    return await _ledger(parts, asked, body.filter or ItemsWanted.model_validate({}), rules)


async def _letter(parts: Gateway, letter: Letter, campaign_id: str | None, unit: str | None) -> _Drawn:
    async with parts.pool.acquire() as connection:
        documents = await parts.desk.draw_up(connection, letter)
    return _Drawn(documents, letter.title.replace("\n", ""), letter.number, campaign_id, unit, letter.area)


async def _ledger(parts: Gateway, asked: Asked, wanted: ItemsWanted, rules: Rulebook) -> _Drawn:
    scope, found, at = scope_of(asked.caller, rules), wanted.filter(rules), asked.at
    counted = await parts.items.counts((), found, scope, at, timezone=timezone_of(rules))
    count = sum(items for _, items in counted)
    if count > MOST_ITEMS:
        raise LedgerTooLarge(count=count, limit=MOST_ITEMS)
    pages = _pages(parts, found, scope, at, asyncio.get_running_loop())
    reader = Reader(rules)
    content = await asyncio.to_thread(ledger, pages, count, reader, at)
    title = say("ledger", "title")
    own = FileReader(principal=asked.caller.principal_id)
    name = f"{title} {reader.day(at).isoformat()}"
    async with parts.pool.acquire() as connection:
        ref = await parts.desk.keep(connection, DocumentKind.LEDGER, "xlsx", content, _LEDGER, name, [own])
    return _Drawn((ref,), title)


def _pages(
    parts: Gateway, found: ItemFilter, scope: Scope, at: datetime, loop: asyncio.AbstractEventLoop
) -> Iterator[Sequence[StoredState]]:
    """Read page by page for the thread that writes, so that no more than one is in memory."""
    place: Place | None = None
    for _ in range(MOST_ITEMS // _PAGE + 1):
        reading = parts.items.page(found, scope, at, order="reported", after=place, limit=_PAGE)
        page = asyncio.run_coroutine_threadsafe(reading, loop).result()
        yield page
        if len(page) < _PAGE or page[-1].row.reported_at is None:
            return
        place = Place(page[-1].row.reported_at, page[-1].stream_id)


def _term(name: str, value: Any) -> FilterTerm:
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    return FilterTerm(name=name, values=tuple(orjson.dumps(each).decode().strip('"') for each in values))
