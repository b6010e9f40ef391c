"""Documents 文书: drawing up dispatch orders, bulletins and ledgers, and fetching any file by its hash."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.document.state import IssuedDocument
from domain.document.values import DocumentKind, DocumentRef, Format
from domain.instant import Instant
from services.documents.desk import MEDIA_TYPES
from services.gateway.access import Trail
from services.gateway.bodies import JsonBody
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.document_handling import DocumentBody, document_scope_of, issue
from services.gateway.item_views import View
from services.gateway.refusals import UnknownPath
from services.messages.catalogue import Language, word
from services.store.document_store import DocumentPlace, DocumentStore, KeptDocument

router = APIRouter(prefix="/v1/documents", tags=["文书 documents"])

_ISSUE = {
    "交办单": {"kind": "dispatch_order", "item": "2f6a1d52-9a5e-4b63-8a2f-1c0d9e8b7a01"},
    "通报": {"kind": "bulletin", "bulletin": "0b1f7c3e-0d0c-5b0e-9c39-3a4b5c6d7e01"},
    "整改台账": {"kind": "ledger", "filter": {"open": True, "overdue": True}},
}
_SHA256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "文件本身。 The file.", "content": dict.fromkeys(MEDIA_TYPES.values(), _BYTES)}
}


class NoSuchFile(UnknownPath):
    """No file has this hash, or the caller has nothing to do with it."""

    status = 404
    code = "no_such_file"


class FileView(View):
    """One file of a document."""

    format: Format = Field(examples=["pdf"])
    sha256: str = Field(description="文件哈希，记入事件。 Hash of the bytes, as events name it.", examples=[_SHA256])
    template: str = Field(description="所用模板及版本。 Template and version.", examples=["dispatch_order@builtin-1"])
    href: str = Field(description="下载地址。 Where to fetch it.", examples=[f"/v1/documents/{_SHA256}"])


class DocumentView(View):
    """A document as it was issued."""

    id: UUID
    kind: DocumentKind = Field(examples=["dispatch_order"])
    kind_text: str = Field(examples=["交办单"])
    number: str = Field(examples=["2026-0000123-1"])
    title: str = Field(examples=["交办单"])
    about: UUID | None = Field(description="事项或通报；台账为空。 The item or bulletin; null for a ledger.")
    as_of: Instant = Field(description="内容截至时刻。 The moment its content is of.")
    issued_at: Instant
    files: list[FileView]


class DocumentPage(View):
    """A page of documents, newest first."""

    documents: list[DocumentView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class DocumentsWanted(BaseModel):
    """A page of documents that were drawn up on demand."""

    model_config = ConfigDict(extra="forbid")

    kind: DocumentKind | None = Field(None, description="文书种类。 Kind.")
    about: UUID | None = Field(None, description="事项或通报。 The item or bulletin.")
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    issued_at: Instant
    id: UUID


_PLACES = TypeAdapter(_Place)


@router.get("", summary="文书列表 List documents", responses=problems(*READING, "cursor_malformed"))
async def list_documents(
    wanted: Annotated[DocumentsWanted, Query()],
    caller: CurrentPrincipal,
    rules: CurrentRulebook,
    parts: Parts,
    language: AskedLanguage,
) -> DocumentPage:
    """按需制发的文书；督办文书和问责文书见各自的页面。 Those drawn up on demand; acts and cases name their own."""
    place = place_in(wanted.cursor, _PLACES)
    after = DocumentPlace(place.issued_at, place.id) if place else None
    scope = document_scope_of(caller, rules)
    found = await DocumentStore(parts.pool).page(wanted.kind, wanted.about, scope, after, wanted.limit + 1)
    issued = [IssuedDocument.model_validate_json(stored.state) for stored in found]
    page = issued[: wanted.limit]
    more = len(issued) > wanted.limit
    cursor = cursor_of(_Place(issued_at=page[-1].issued_at, id=page[-1].document_id)) if more else None
    return DocumentPage(documents=[_view(document, language) for document in page], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="制发文书 Draw up a document",
    responses=problems(
        *COMMANDING,
        "no_such_item",
        "no_such_bulletin",
        "not_dispatched",
        "not_on_demand",
        "document_exists",
        "ledger_too_large",
        "bound_to_area",
    ),
)
async def issue_document(
    asked: CommandAsked,
    body: Annotated[DocumentBody, Depends(JsonBody(DocumentBody, _ISSUE))],
    parts: Parts,
    language: AskedLanguage,
    response: Response,
) -> DocumentView:
    """交办单和通报为 DOCX 与 PDF，由创建办制发；台账为 XLSX，只供本人。 Files are pinned by their hash in the event.

    The office draws up dispatch orders and bulletins; a ledger is of what its asker may see, and for the asker alone.
    """
    view = _view(await issue(parts, asked, body), language)
    response.headers["Location"] = view.files[0].href
    return view


@router.get(
    "/{sha256}",
    summary="下载文书 Fetch a file",
    response_class=Response,
    responses=problems(*READING, "no_such_file") | _FILE,
)
async def fetch_document(
    sha256: Annotated[
        str, Path(pattern=r"^[0-9a-f]{64}$", description="文件的 SHA-256。 Hash of the bytes.", examples=[_SHA256])
    ],
    caller: CurrentPrincipal,
    rules: CurrentRulebook,
    parts: Parts,
    trail: Trail,
) -> Response:
    """任何已制发的文件，按哈希取得；只限与本人范围有关的。 Any file that was issued, within the caller's scope."""
    found = await DocumentStore(parts.pool).readable(bytes.fromhex(sha256), document_scope_of(caller, rules))
    if found is None:
        raise NoSuchFile
    await trail.exported("document", sha256)
    return file_response(found, sha256)


def file_response(found: KeptDocument, sha256: str) -> Response:
    """A file for saving: browsers neither guess what it is nor run anything in it."""
    plain = f"{sha256[:12]}.{found.name.rpartition('.')[2]}"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
    }
    return Response(found.content, headers=headers, media_type=found.media_type)


def _view(document: IssuedDocument, language: Language) -> DocumentView:
    about = document.about
    return DocumentView(
        id=document.document_id,
        kind=document.kind,
        kind_text=word("document_kind", document.kind, language),
        number=document.number,
        title=document.title,
        about=None if about.kind == "items" else about.stream_id,
        as_of=document.as_of,
        issued_at=document.issued_at,
        files=[file_view(ref) for ref in document.documents],
    )


def file_view(ref: DocumentRef) -> FileView:
    """One reference, with the address of the file."""
    return FileView(format=ref.format, sha256=ref.sha256, template=ref.template, href=f"/v1/documents/{ref.sha256}")
