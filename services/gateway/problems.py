"""Problem documents (RFC 9457): every refusal as JSON with a stable code, in the language the client asked for."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from domain.accountability.rejections import NoSuchCase
from domain.bulk.rejections import NoSuchBulkOperation
from domain.bulletin.decisions import NoSuchBulletin
from domain.campaign.rejections import NoSuchCampaign
from domain.channel.decisions import NoSuchChannel
from domain.designation.rejections import NoSuchDesignation
from domain.errors import Forbidden, Invalid, Rejection
from domain.item.rejections import NoSuchItem
from domain.notice.decisions import NoSuchNotice
from domain.obligation.rejections import NoSuchObligation
from domain.organisation.decisions import NotRegistered
from domain.principal.decisions import NoSuchApiKey, NoSuchPrincipal
from domain.question.decisions import NoSuchQuestion
from domain.supervision.rejections import NoSuchAct
from domain.webhook.decisions import NoSuchDelivery, NoSuchWebhook
from services.gateway.refusals import Refusal
from services.handling.command_handler import VersionMismatch
from services.messages.catalogue import Language, field_text, problem_text

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:duban:problem:"
_STATUSES: tuple[tuple[tuple[type[Rejection], ...], int], ...] = (
    ((Forbidden,), 403),
    ((NoSuchItem, NoSuchBulletin, NoSuchPrincipal, NoSuchApiKey, NotRegistered), 404),
    ((NoSuchCampaign, NoSuchObligation, NoSuchDesignation, NoSuchBulkOperation, NoSuchAct, NoSuchCase), 404),
    ((NoSuchChannel, NoSuchNotice, NoSuchQuestion), 404),
    ((NoSuchWebhook, NoSuchDelivery), 404),
    ((VersionMismatch,), 412),
    ((Invalid,), 422),
)


class FieldProblem(BaseModel):
    """One fault in the input."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(
        description="JSON 指针，指出错误所在。 JSON pointer to the fault.", examples=["/evidence/0/uri"]
    )
    code: str = Field(description="稳定的错误种类。 Stable kind of fault.", examples=["missing"])
    detail: str = Field(examples=["缺少必填项。"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:duban:problem:wrong_step"])
    title: str = Field(examples=["当前环节不允许该操作"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["事项目前处于“整改中”，不能执行“签收”。"])
    code: str = Field(description="稳定的代码，供程序判断。 Stable code for programs.", examples=["wrong_step"])
    instance: str = Field(description="被请求的路径。 The path asked for.", examples=["/v1/items/…/accept"])
    facts: dict[str, str | int] = Field(default_factory=dict, examples=[{"status": "rectifying"}])
    errors: list[FieldProblem] = Field(default_factory=list[FieldProblem])


def status_of(kind: type[Rejection | Refusal]) -> int:
    """The HTTP status of a refusal, whoever refuses."""
    if issubclass(kind, Refusal):
        return kind.status
    return next((status for kinds, status in _STATUSES if issubclass(kind, kinds)), 409)


def problem_for(error: Rejection | Refusal, language: Language, instance: str) -> Problem:
    """Describe a refusal; used for answers and for the single answers of a batch."""
    text = problem_text(error.code, error.facts, language)
    faults = error.faults if isinstance(error, Refusal) else ()
    return Problem(
        type=TYPE_PREFIX + error.code,
        title=text.title,
        status=status_of(type(error)),
        detail=text.detail,
        code=error.code,
        instance=instance,
        facts=dict(error.facts),
        errors=[
            FieldProblem(
                pointer=fault.pointer,
                code=fault.code,
                detail=field_text(fault.code, fault.facts, language, fallback=fault.english),
            )
            for fault in faults
        ],
    )


def problem_response(error: Rejection | Refusal, request: HTTPConnection) -> Response:
    """Answer a request with the refusal's problem document."""
    language = language_of(request.headers)
    problem = problem_for(error, language, request.url.path)
    headers: dict[str, str] = {"Content-Language": "zh-CN" if language == "zh" else "en", "Cache-Control": "no-store"}
    if isinstance(error, Refusal):
        headers |= error.headers
    return Response(problem.model_dump_json(), problem.status, headers, MEDIA_TYPE)


def language_of(headers: Mapping[str, Any]) -> Language:
    """Chinese, unless Accept-Language (RFC 9110, 12.5.4) prefers English."""
    best: dict[str, float] = {}
    for choice in str(headers.get("accept-language", "")).lower().split(",")[:20]:
        tag, _, weight = choice.partition(";")
        language = tag.strip().partition("-")[0]
        best[language] = max(best.get(language, 0.0), _weight(weight))
    return "en" if best.get("en", 0.0) > best.get("zh", 0.0) else "zh"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
