"""Bulk operations 批量操作: started, paused, resumed, cancelled, and shown with their progress."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.bulk_operations import (
    BULK_COMMANDS,
    EXAMPLES,
    BulkCommand,
    BulkView,
    NewBulkOperation,
    bulk_seen,
    bulk_view,
    reach_of,
    require_reader,
    start_bulk,
    steer_bulk,
)
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import (
    AskedLanguage,
    CommandAsked,
    CurrentPrincipal,
    CurrentRulebook,
    CurrentScope,
    Parts,
)
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.item_history import History, history_entries
from services.gateway.item_views import View
from services.handling.receipts import Receipt
from services.store.bulk_queries import BulkPlace, BulkQueries

router = APIRouter(prefix="/v1/bulk-operations", tags=["批量操作 bulk operations"])

_ONE = (*READING, "role_not_allowed", "no_such_bulk_operation")

Status = Literal["working", "paused", "finished", "cancelled"]


class PlaceOfOperation(BaseModel):
    """Where a page of operations ended."""

    model_config = ConfigDict(extra="forbid")

    at: datetime
    id: UUID


PLACES = TypeAdapter(PlaceOfOperation)


class BulkPage(View):
    """A page of bulk operations."""

    operations: list[BulkView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="开始批量操作 Start a bulk operation",
    responses=problems(*COMMANDING, "selection_too_wide", "unknown_unit", "no_such_item", "bulk_already_started"),
)
async def start_bulk_operation(
    asked: CommandAsked,
    body: Annotated[NewBulkOperation, Depends(JsonBody(NewBulkOperation, EXAMPLES))],
    parts: Parts,
    scope: CurrentScope,
) -> Response:
    """创建办发起；逐项办理，每项留有自己的事件，不适用的跳过并计数。 By the office; each item has its own event."""
    receipt = await start_bulk(parts, asked, scope, body)
    return receipt_answer(receipt, location=f"/v1/bulk-operations/{receipt.id}")


@router.get(
    "",
    summary="批量操作列表 List bulk operations",
    responses=problems(*READING, "role_not_allowed", "cursor_malformed"),
)
async def list_bulk_operations(
    caller: CurrentPrincipal,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    campaign_id: Annotated[str | None, Query(max_length=63, description="创建活动编号。 Of a campaign.")] = None,
    status: Annotated[list[Status] | None, Query(description="状态。 Status.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数。 Lines a page.")] = 50,
    cursor: Annotated[str | None, Query(description="上一页的 next_cursor。 next_cursor of the page before.")] = None,
) -> BulkPage:
    """最近开始的在前，含进度。 Those started last first, with their progress."""
    require_reader(caller)
    areas, place = reach_of(caller, rules), place_in(cursor, PLACES)
    found = await BulkQueries(parts.pool).operations(
        campaign_id=campaign_id,
        statuses=status,
        areas=None if areas is None else sorted(areas),
        after=BulkPlace(place.at, place.id) if place else None,
        limit=limit + 1,
    )
    shown = [bulk_view(stored, language) for stored in found[:limit]]
    last = shown[-1] if len(found) > limit else None
    return BulkPage(
        operations=shown, next_cursor=cursor_of(PlaceOfOperation(at=last.started_at, id=last.id)) if last else None
    )


@router.get("/{operation_id}", summary="查看批量操作 One bulk operation", responses=problems(*_ONE))
async def read_bulk_operation(
    operation_id: UUID, caller: CurrentPrincipal, parts: Parts, language: AskedLanguage, response: Response
) -> BulkView:
    """进度：共多少、已办多少、跳过多少及原因。 How many, how many done, how many skipped and why."""
    require_reader(caller)
    stored = await bulk_seen(parts, caller, operation_id)
    response.headers["ETag"] = etag(stored.version)
    return bulk_view(stored, language)


@router.get("/{operation_id}/history", summary="批量操作经过 Its history", responses=problems(*_ONE))
async def read_bulk_history(
    operation_id: UUID, caller: CurrentPrincipal, parts: Parts, rules: CurrentRulebook, language: AskedLanguage
) -> History:
    """全部事件，每批一个进度事件。 All events; one of progress for each page."""
    require_reader(caller)
    stored = await bulk_seen(parts, caller, operation_id)
    events = await parts.store.stream(stored.stream_id)
    return History(id=stored.stream_id, events=history_entries(events, rules, language))


def _offer(kind: BulkCommand) -> None:
    async def steer(
        operation_id: UUID,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, {"": kind.example}))],
        parts: Parts,
    ) -> Response:
        return receipt_answer(await steer_bulk(parts, asked, operation_id, kind, body))

    route: dict[str, Any] = {
        "name": f"{kind.path}_bulk_operation",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*COMMANDING, "no_such_bulk_operation", "bulk_is_over", *kind.refusals),
    }
    router.add_api_route(f"/{{operation_id}}/{kind.path}", steer, methods=["POST"], response_model=Receipt, **route)


for _kind in BULK_COMMANDS:
    _offer(_kind)
