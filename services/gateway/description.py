"""What the API says about itself: an OpenAPI document with every body, example and problem code, and a page of it."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import orjson
from fastapi import FastAPI, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from domain.errors import Rejection
from services.gateway.answer_examples import example_of
from services.gateway.bodies import JsonBody
from services.gateway.documentation_page import page
from services.gateway.issue_events import IssueFixedOnTheSpot, IssueReported
from services.gateway.problems import MEDIA_TYPE, Problem, status_of
from services.gateway.refusals import Refusal
from services.gateway.webhook_message import MESSAGES
from services.messages.catalogue import problem_text

DESCRIPTION = """
每个写操作都带 `Idempotency-Key`；同一个键、同一个内容，得到同一个应答。
每个错误都是 RFC 9457 问题文档，`code` 稳定不变。

Every command carries an `Idempotency-Key`; the same key with the same content gets the same answer. Every refusal is an
RFC 9457 problem document with a stable `code`. Texts are Chinese unless `Accept-Language` prefers English.
"""

TAGS: list[dict[str, Any]] = [
    {"name": "事项 items", "description": "整改事项：登记、交办、签收、整改、核查、销号、回头看。"},
    {"name": "事件 events", "description": "业务系统上报问题事件（CloudEvents 1.0）。"},
    {"name": "规则 rulebook", "description": "类别目录、办理规则、工作日历；每个版本发布后不再更改。"},
    {"name": "组织 organisation", "description": "责任单位与区域。"},
    {"name": "创建活动 campaigns", "description": "方案、阶段、日程、目标与命名；从模板开始，按日自动推进。"},
    {"name": "任务 obligations", "description": "常态任务、任务分解、责任书：下达、上报、签订、验收。"},
    {
        "name": "督办文书 acts",
        "description": "催办通知书、督办单、通报批评、约谈、黄红牌：编号制发、签收、回复、约谈记录。",
    },
    {"name": "问责 cases", "description": "问责案件：立案、告知、申辩、认定、决定、申诉、复核、执行、结案。"},
    {"name": "批量操作 bulk operations", "description": "一个决定办理许多事项：重算、转办、延期、作废、并案。"},
    {"name": "主体 principals", "description": "谁可以操作：角色、范围、密钥。"},
    {"name": "指标 indicators", "description": "测评指标、排名与指标公式；每个数都能查到背后的案件。"},
    {"name": "积分 scores", "description": "单位积分、红黑榜、单位履历；每一分都能查到来源事件。"},
    {"name": "通报 bulletins", "description": "周通报、月通报：发布后不再更改，更正即发新版。"},
    {"name": "日志 log", "description": "透明日志：检查点、分片、条目、证明（C2SP、RFC 6962），任何人可离线核验。"},
    {"name": "审计 audit", "description": "审计问询：历史、某一时刻的状态、差异、访问日志；查阅本身也留痕。"},
    {"name": "回调 webhooks", "description": "向业务系统告知其所报问题的进展：签名、按序、重试三天。"},
    {"name": "通知 notices", "description": "收件箱、通知偏好、通知渠道与发送情况。"},
    {"name": "文书 documents", "description": "交办单、通报、整改台账的制发，一切文书按哈希下载，以及可更换的模板。"},
    {"name": "运行 operations", "description": "健康、就绪、指标。"},
]

# What any authenticated request, and any command, can be answered with.
READING = ("not_authenticated", "unstorable_text", "input_invalid", "internal_fault", "temporarily_unavailable")
COMMANDING = (
    *READING,
    "idempotency_key_missing",
    "idempotency_key_malformed",
    "if_match_malformed",
    "malformed_json",
    "role_not_allowed",
    "idempotency_key_reused",
    "version_mismatch",
    "body_too_large",
    "wrong_media_type",
)
# Under which path something new is found, where it is not the one it was sent to.
_MADE_AT = {
    "/v1/events": "/v1/items",
    "/v1/campaigns/{campaign_id}/tasks": "/v1/obligations",
}
# Where an answer says what to put into a path, unless it is an id.
_TOLD_AS = {"code": "/number", "campaign_id": "/number", "sha256": "/files/0/sha256"}
_SCHEMAS = "#/components/schemas/{model}"


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: its problem codes by status, each with its title in both languages."""
    by_status: dict[int | str, list[str]] = {}
    for code in sorted(set(codes)):
        by_status.setdefault(status_of(_kinds()[code]), []).append(code)
    return {status: _answer(status, by_status[status]) for status in sorted(by_status, key=str)}


def install_documentation(app: FastAPI) -> None:
    """Serve the document under /openapi.json and a page of it, which needs nothing from elsewhere, under /docs.

    It takes seconds to draw up, once: in a thread, when somebody first asks, so that all others are answered meanwhile.
    """
    drawing, drawn = asyncio.Lock(), dict[str, bytes]()

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    def draw() -> dict[str, bytes]:
        document = describe()
        return {"/openapi.json": orjson.dumps(document), "/docs": page(document).encode()}

    async def as_drawn(path: str) -> bytes:
        async with drawing:
            if not drawn:
                drawn.update(await asyncio.to_thread(draw))
        return drawn[path]

    async def openapi() -> Response:
        return Response(await as_drawn("/openapi.json"), media_type="application/json")

    async def docs() -> Response:
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(await as_drawn("/docs"), headers=headers, media_type="text/html")

    app.openapi = describe
    app.add_api_route("/openapi.json", openapi, include_in_schema=False)
    app.add_api_route("/docs", docs, include_in_schema=False)


def _kinds() -> dict[str, type[Rejection | Refusal]]:
    return {kind.code: kind for root in (Rejection, Refusal) for kind in _below(root) if hasattr(kind, "code")}


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


def _answer(status: int | str, codes: list[str]) -> dict[str, Any]:
    lines = [f"- `{code}` {problem_text(code, {}, 'zh').title} {problem_text(code, {}, 'en').title}" for code in codes]
    examples: dict[str, Any] = {
        code: {
            "value": {
                "type": f"urn:duban:problem:{code}",
                "title": problem_text(code, {}, "zh").title,
                "status": status,
                "detail": problem_text(code, {}, "zh").detail,
                "code": code,
                "instance": "/v1/…",
                "facts": {},
                "errors": [],
            }
        }
        for code in codes
    }
    schema = {"$ref": _SCHEMAS.format(model=Problem.__name__)}
    return {"description": "\n".join(lines), "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        webhooks=MESSAGES.routes,
        tags=app.openapi_tags,
        separate_input_output_schemas=False,
    )
    models: set[type[BaseModel]] = {Problem, IssueReported, IssueFixedOnTheSpot}
    for route in _routes(app):
        _operation(document, route)["operationId"] = route.name
        for body in _bodies(route.dependant):
            models.add(body.model)
            _operation(document, route)["requestBody"] = _request_body(body)
    listed = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in listed], ref_template=_SCHEMAS)
    components = document.setdefault("components", {})
    components["schemas"] = {**schemas.get("$defs", {}), **components.get("schemas", {})}
    components["securitySchemes"] = {
        "apiKey": {"type": "http", "scheme": "bearer", "bearerFormat": "duban_<key id>_<secret>"}
    }
    document["security"] = [{"apiKey": []}]
    _link(document["paths"])
    for route in _routes(app):
        _tell_keys(_operation(document, route))
        _give_examples(_operation(document, route), components["schemas"])
    return document


def _tell_keys(operation: dict[str, Any]) -> None:
    """Which operations ask for no API key; and that commands ask for an idempotency key.

    They are refused without one by a code of their own, so for FastAPI the header is optional.
    """
    if "401" not in operation["responses"]:
        operation["security"] = []
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": "^[!-~]{1,128}$"}


def _link(paths: dict[str, Any]) -> None:
    """Where an answer tells of something new, say what can be done with it: everything below its path."""
    for path, operations in paths.items():
        responses = operations.get("post", {}).get("responses", {})
        made = responses.get("201") or (responses["200"] if path in _MADE_AT else None)
        if made is None:
            continue
        where = _MADE_AT.get(path, path)
        for below, others in paths.items():
            name, closing, _ = below.removeprefix(f"{where}/{{").partition("}")
            if not below.startswith(f"{where}/{{") or not closing or below.count("{") > where.count("{") + 1:
                continue
            for other in others.values():
                [asked] = [each for each in other["parameters"] if each["name"] == name]
                told = "/id" if asked["schema"].get("format") == "uuid" else _TOLD_AS.get(name)
                if told is not None:
                    link = {"operationId": other["operationId"], "parameters": {name: f"$response.body#{told}"}}
                    made.setdefault("links", {})[other["operationId"]] = link


def _give_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        for content in response.get("content", {}).values():
            if status.startswith("2") and "schema" in content and not content.keys() & {"example", "examples"}:
                content["example"] = example_of(content["schema"], schemas)


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    return (route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema)


def _operation(document: dict[str, Any], route: APIRoute) -> dict[str, Any]:
    [method] = sorted(route.methods or ())
    return document["paths"][route.path_format][method.lower()]


def _bodies(dependant: Dependant) -> Iterator[JsonBody[Any]]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, JsonBody):
            yield cast("JsonBody[Any]", dependency.call)
        yield from _bodies(dependency)


def _request_body(body: JsonBody[Any]) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(model=body.model.__name__)}
    examples = {name: {"value": example} for name, example in body.examples.items()}
    return {"required": body.required, "content": {"application/json": {"schema": schema, "examples": examples}}}
