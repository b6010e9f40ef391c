"""What the API says about itself: the OpenAPI document with problems and examples, and a page that shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.gateway.problems import MEDIA_TYPE, Problem

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
    {"name": "主体 principals", "description": "谁可以操作：角色、范围、密钥。"},
    {"name": "运行 operations", "description": "健康、就绪、指标。"},
]


def operation_id(route: APIRoute) -> str:
    """The operation's id is the route function's name."""
    return route.name


def request_body(model: type[BaseModel], examples: Mapping[str, Mapping[str, Any]], *, required: bool = True) -> Any:
    """`openapi_extra` for a route that reads its JSON body itself."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}, "examples": examples}}
    return {"requestBody": {"required": required, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for a route that may answer with problems of these statuses."""
    return {status: {"model": Problem, "description": str(status), "content": {MEDIA_TYPE: {}}} for status in statuses}


def install_documentation(app: FastAPI, models: Sequence[type[BaseModel]] = ()) -> None:
    """Serve the document and the page."""
