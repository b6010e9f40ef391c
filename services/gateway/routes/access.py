"""The access log 访问日志 for auditors: who looked at what, took what away, was refused, changed which keys."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from domain.actor import Role
from domain.errors import Forbidden
from domain.instant import Instant
from services.gateway.access import Trail
from services.gateway.access_lists import ACTION_OF, AccessPageWanted, Action, succeeded
from services.gateway.dependencies import AskedLanguage, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.item_history import history_entries
from services.gateway.item_views import View
from services.messages.catalogue import word
from services.store.access_queries import AccessQueries

router = APIRouter(prefix="/v1/audit", tags=["审计 audit"])


class TraceView(View):
    """One trace: who, when, from where, what, with what success."""

    event_id: UUID
    position: int | None = Field(
        description="在日志中的位置，可凭此取得证明；刚写入时为空。 Its position in the log, for its proof.",
        examples=[4711],
    )
    at: Instant = Field(description="何时；合并计数时为第一次。 When; of several, the first.")
    until: Instant | None = Field(description="合并计数时为最后一次。 Of several, when the last was.")
    count: int = Field(description="次数。 How often.", examples=[1])
    recorded_at: Instant
    principal: str = Field(description="主体编号。 Id of the principal.", examples=["service:gateway"])
    role: str = Field(examples=["office"])
    action: Action = Field(examples=["personal_data"])
    action_text: str = Field(examples=["查看个人信息"])
    sentence: str = Field(examples=["查看个人信息（上报人）。"])
    succeeded: bool | None = Field(description="是否成功；空为尚无结果。 Null: not over yet.", examples=[True])
    origin: str | None = Field(
        description="来源地址的编号；同一地址同一编号。 Opaque id of the address: the same for the same.",
        examples=["5f1d0c9a-7b3e-4f62-9a11-0c2d4e6f8a01"],
    )
    address: str | None = Field(
        description="来源地址；已删除的为空。 The address, unless it was erased.", examples=["203.0.113.7"]
    )
    operation: str | None = Field(
        description="接口或命令。 The route or the command.", examples=["GET /v1/people/{person_id}"]
    )
    type: str = Field(examples=["access.personal_data_read.v1"])
    stream_id: UUID
    version: int = Field(examples=[7])
    data: dict[str, Any] = Field(description="事件原文。 The event itself.")


class TracePage(View):
    """A page of traces, newest first."""

    traces: list[TraceView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


async def _audits_everything(caller: CurrentPrincipal) -> None:
    if caller.standing.role is not Role.AUDITOR or caller.standing.area is not None:
        raise Forbidden(role=caller.standing.role, command="ReadAccessLog")


@router.get(
    "/access",
    summary="访问日志 The access log",
    responses=problems(*READING, "role_not_allowed", "cursor_malformed", "range_reversed"),
    dependencies=[Depends(_audits_everything)],
)
async def list_accesses(
    wanted: Annotated[AccessPageWanted, Query()],
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> TracePage:
    """谁在何时、从何处、做了什么、是否成功；仅限全市审计，查阅本身也留痕。 For auditors of the whole city.

    查看个人信息、导出、被拒绝的操作、无效密钥、密钥与规则变更、删除个人信息、命令行管理。 Reads of personal data,
    exports, refusals, keys not in force, changes of keys and rules, erasures, work at the command line. Reading it
    leaves a trace as well.
    """
    found = await AccessQueries(parts.pool).page(wanted.filter, wanted.place, wanted.limit + 1)
    page = found[: wanted.limit]
    contents = [orjson.loads(record.event.data) for record in page]
    origins = {UUID(content["origin"]) for content in contents if content.get("origin")}
    addresses = await parts.addresses.addresses(list(origins))
    await trail.personal_data_read("access_log")
    traces: list[TraceView] = []
    for record, content in zip(page, contents, strict=True):
        event, origin = record.event, content.get("origin")
        [entry] = history_entries([event], rules, language)
        action = ACTION_OF[event.type]
        traces.append(
            TraceView(
                event_id=event.event_id,
                position=event.position,
                at=event.occurred_at,
                until=content.get("until"),
                count=content.get("count", 1),
                recorded_at=event.recorded_at,
                principal=event.actor,
                role=orjson.loads(record.entry)["actor_role"],
                action=action,
                action_text=word("access_action", action, language),
                sentence=entry.sentence,
                succeeded=succeeded(event.type),
                origin=origin,
                address=addresses.get(UUID(origin)) if origin else None,
                operation=content.get("operation"),
                type=event.type,
                stream_id=event.stream_id,
                version=event.version,
                data=content,
            )
        )
    cursor = wanted.cursor_after(page[-1].event) if len(found) > wanted.limit else None
    return TracePage(traces=traces, next_cursor=cursor)
