"""Reading items: lists, counts, one item, its history, and how it stood."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from domain.item.rejections import NoSuchItem
from domain.item.state import ITEMS
from services.gateway.answers import etag
from services.gateway.dependencies import AskedLanguage, CurrentRulebook, CurrentScope, Now, Parts
from services.gateway.description import READING, problems
from services.gateway.item_history import History, as_of, history_entries, timezone_of
from services.gateway.item_lists import (
    CountsWanted,
    ItemCounts,
    ItemPage,
    PageWanted,
    QueryInstant,
    cursor_after,
    place_of,
)
from services.gateway.item_views import ItemView, item_view, summary_of
from services.gateway.scope import with_marks

router = APIRouter(prefix="/v1/items", tags=["事项 items"])


@router.get("", summary="事项列表 List items", responses=problems(*READING, "cursor_malformed"))
async def list_items(
    wanted: Annotated[PageWanted, Query()],
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> ItemPage:
    """范围内的事项，按游标翻页。 The items within the caller's scope, page by page."""
    found = await parts.items.page(
        wanted.filter(rules),
        scope,
        now,
        order=wanted.order,
        after=place_of(wanted.cursor, wanted.order),
        limit=wanted.limit + 1,
    )
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return ItemPage(
        items=[summary_of(stored, rules, now, language) for stored in shown],
        next_cursor=cursor_after(shown[-1], wanted.order) if more else None,
    )


@router.get("/counts", summary="事项统计 Count items", responses=problems(*READING))
async def count_items(
    wanted: Annotated[CountsWanted, Query()], parts: Parts, scope: CurrentScope, rules: CurrentRulebook, now: Now
) -> ItemCounts:
    """按类别、环节、单位、区域、渠道、来源、督办级别、月份统计。 Counts by up to three dimensions."""
    found = await parts.items.counts(wanted.by, wanted.filter(rules), scope, now, timezone=timezone_of(rules))
    return ItemCounts(
        total=sum(items for _, items in found),
        counts=[{**dict(zip(wanted.by, values, strict=True)), "items": items} for values, items in found],
    )


@router.get("/{item_id}", summary="查看事项 One item", responses=problems(*READING, "no_such_item"))
async def read_item(
    item_id: UUID,
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    response: Response,
) -> ItemView:
    """环节、承办单位、时限、督办计划与记录。 Where it stands, with whom, until when, what happens next."""
    stored = await parts.items.one(item_id, with_marks(scope), now)
    if stored is None:
        raise NoSuchItem
    response.headers["ETag"] = etag(stored.version)
    return item_view(ITEMS.validate_json(stored.state), stored.version, rules, now, language)


@router.get("/{item_id}/history", summary="办理经过 History", responses=problems(*READING, "no_such_item"))
async def read_history(
    item_id: UUID, parts: Parts, scope: CurrentScope, rules: CurrentRulebook, now: Now, language: AskedLanguage
) -> History:
    """全部事件，每个事件一句话。 All events, oldest first, a sentence each."""
    if not await parts.items.is_visible(item_id, with_marks(scope), now):
        raise NoSuchItem
    events = await parts.store.stream(item_id)
    return History(id=item_id, events=history_entries(events, rules, language))


@router.get("/{item_id}/as-of", summary="历史状态 As it stood", responses=problems(*READING, "no_such_item"))
async def read_item_as_of(
    item_id: UUID,
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    version: Annotated[int | None, Query(ge=1, le=2**31, description="到第几个事件。 After so many events.")] = None,
    at: Annotated[QueryInstant | None, Query(description="按发生时间。 What had happened by then.")] = None,
    known_at: Annotated[QueryInstant | None, Query(description="按记录时间。 What was written down by then.")] = None,
) -> ItemView:
    """事项在过去某一时刻的状态，由事件重算。 The item folded from its events up to a moment."""
    if not await parts.items.is_visible(item_id, with_marks(scope), now):
        raise NoSuchItem
    # A source's clock may be ahead of ours: what is known now stands now.
    happened_by = None if at is not None and at >= now else at
    found = as_of(await parts.store.stream(item_id), version=version, at=happened_by, known_at=known_at)
    if found is None:
        raise NoSuchItem
    item, reached = found
    return item_view(item, reached, rules, at or known_at or now, language)
