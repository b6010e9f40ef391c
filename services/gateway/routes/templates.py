"""Templates 模板 of letters: which are in force, with the fields they can name; the office replaces them."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from domain.decider import Reason
from domain.document.rejections import NoTemplateOfKind
from domain.document.state import Template
from domain.document.values import DocumentKind
from domain.instant import Instant
from services.documents.desk import BUILT_IN, MEDIA_TYPES, built_in
from services.documents.letters.fields import VALUES, sample
from services.documents.template_check import MOST_BYTES
from services.gateway.administration import NoSuchDocument
from services.gateway.answers import receipt_answer
from services.gateway.bodies import read_body
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.document_handling import publish_template
from services.gateway.governing import governs_everywhere
from services.gateway.item_views import View
from services.gateway.refusals import WrongMediaType
from services.gateway.routes.documents import file_response
from services.gateway.wiring import Gateway
from services.handling.aggregates import TEMPLATE
from services.handling.receipts import Receipt
from services.messages.catalogue import word
from services.store.document_store import DocumentStore, KeptDocument

router = APIRouter(prefix="/v1/templates", tags=["文书 documents"])

Kind = Annotated[DocumentKind, Path(description="文书种类。 Kind of letter.", examples=["decision"])]

_DOCX = MEDIA_TYPES["docx"]
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "DOCX 模板。 The template.", "content": {_DOCX: _BINARY}}
}
_BODY = {"requestBody": {"required": True, "content": {_DOCX: _BINARY}}}
_REFUSALS = (
    "bound_to_area",
    "no_template_of_kind",
    "template_unchanged",
    "template_unreadable",
    "template_too_large",
    "template_active_content",
    "template_unknown_field",
    "template_forbidden",
    "template_not_rendered",
)


class TemplateView(View):
    """The template of a kind of letter that is in force."""

    kind: DocumentKind = Field(examples=["decision"])
    kind_text: str = Field(examples=["问责决定"])
    ref: str = Field(description="文书引用的名称。 As documents name it.", examples=["decision@3"])
    version: int | None = Field(description="版本；内置模板为空。 Null for the built-in one.", examples=[3])
    sha256: str = Field(examples=["b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"])
    published_at: Instant | None
    note: str | None
    fields: list[str] = Field(
        description="模板可用的字段。 Fields a template can name.", examples=[["title", "number", "unit", "measure"]]
    )


@router.get("", summary="模板列表 List templates", responses=problems(*READING))
async def list_templates(_caller: CurrentPrincipal, parts: Parts, language: AskedLanguage) -> list[TemplateView]:
    """每种文书现行的模板和可用字段。 The template in force of each kind, with its fields."""
    views: list[TemplateView] = []
    for kind in VALUES:
        published = await _published(parts, kind)
        newest = published.newest if published else None
        views.append(
            TemplateView(
                kind=kind,
                kind_text=word("document_kind", kind, language),
                ref=f"{kind}@{newest.version if newest else BUILT_IN}",
                version=newest.version if newest else None,
                sha256=newest.sha256 if newest else hashlib.sha256(built_in(kind)).hexdigest(),
                published_at=newest.published_at if newest else None,
                note=newest.note if newest else None,
                fields=sorted(sample(kind).fields()),
            )
        )
    return views


@router.get(
    "/{kind}",
    summary="下载模板 Fetch a template",
    response_class=Response,
    responses=problems(*READING, "no_such_document", "no_template_of_kind") | _FILE,
)
async def fetch_template(
    kind: Kind,
    _caller: CurrentPrincipal,
    parts: Parts,
    now: Now,
    version: Annotated[
        int | None, Query(ge=0, le=2**31, description="版本，0 为内置；缺省为现行。 A version; 0 is built in.")
    ] = None,
) -> Response:
    """下载后可用文字处理软件修改，再上传。 To be changed in a word processor and published again."""
    if kind not in VALUES:
        raise NoTemplateOfKind(document=kind)
    published = await _published(parts, kind)
    if version == 0 or (version is None and published is None):
        content = built_in(kind)
        file = KeptDocument(_DOCX, f"{word('document_kind', kind, 'zh')}模板.docx", content, now)
        return file_response(file, hashlib.sha256(content).hexdigest())
    versions = published.versions if published else ()
    wanted = next((each for each in reversed(versions) if version in (None, each.version)), None)
    found = await DocumentStore(parts.pool).find(bytes.fromhex(wanted.sha256)) if wanted else None
    if wanted is None or found is None:
        raise NoSuchDocument
    return file_response(found, wanted.sha256)


@router.post(
    "/{kind}",
    status_code=201,
    response_model=Receipt,
    summary="更换模板 Replace a template",
    responses=problems(*COMMANDING, *_REFUSALS),
    openapi_extra=_BODY,
)
async def replace_template(
    kind: Kind,
    asked: CommandAsked,
    request: Request,
    parts: Parts,
    note: Annotated[Reason | None, Query(description="更换说明。 What was changed.")] = None,
) -> Response:
    """正文为 DOCX；检查并试套后成为新版本，此后制发的文书都用它。 The body is the DOCX, checked and tried first."""
    governs_everywhere(asked.caller)
    media_type = request.headers.get("content-type", _DOCX).partition(";")[0].strip().lower()
    if media_type not in (_DOCX, "application/octet-stream"):
        raise WrongMediaType(expected=_DOCX, given=media_type[:100])
    receipt = await publish_template(parts, asked, kind, await read_body(request, MOST_BYTES), note)
    return receipt_answer(receipt, location=f"/v1/templates/{kind}")


async def _published(parts: Gateway, kind: DocumentKind) -> Template | None:
    stored = await parts.store.state(TEMPLATE.stream(kind))
    return None if stored is None else Template.model_validate_json(stored.state)
