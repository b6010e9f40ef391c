"""What lists and counts can be asked: filters, order and page, checked and turned into a query."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from domain.instant import Instant
from domain.item.values import Channel
from domain.ladder import Rung
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import ItemSummary, View
from services.gateway.refusals import CursorMalformed
from services.store.item_queries import Dimension, ItemFilter, Order, Place
from services.store.records import StoredState

_LONGEST_CURSOR = 200
# Seconds since 1970, which bodies do not take either.
_SECONDS = re.compile(r"[-+\s]*[\d.]+(e[\d+-]+)?\s*", re.IGNORECASE)
_T = TypeVar("_T")


def _with_plus(value: object) -> object:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        raise ValueError("an instant is written as 2026-11-20T10:30:00+08:00")
    # An unescaped + in a query means a blank; everybody forgets that once.
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


QueryInstant = Annotated[Instant, BeforeValidator(_with_plus)]
Several = Annotated[list[_T] | None, Field(max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=100)]


class ItemsWanted(BaseModel):
    """Filters. A parameter given several times means any of the values."""

    model_config = ConfigDict(extra="forbid")

    status: Several[Text] = Field(None, description="环节。 Step.", examples=[["rectifying"]])
    open: bool | None = Field(None, description="是否在办。 Whether it is open.")
    unit: Several[Text] = Field(None, description="牵头单位。 Lead unit.")
    area: Several[Text] = Field(None, description="区域，含下级。 Area, with those below it.")
    category: Several[Text] = Field(None, description="类别。 Category.")
    channel: Several[Channel] = Field(None, description="渠道。 Intake channel.")
    source: Several[Text] = Field(None, description="来源系统。 Source.")
    overdue: bool | None = Field(None, description="当前时限是否已超期。 Whether the running clock has run out.")
    highest_rung: Several[Rung] = Field(None, description="最高督办级别。 Highest rung climbed.")
    reported_from: QueryInstant | None = Field(None, description="上报时间起（含）。 Reported at or after.")
    reported_to: QueryInstant | None = Field(None, description="上报时间止（不含）。 Reported before.")
    due_before: QueryInstant | None = Field(None, description="在此之前到期。 Due before.")
    text: Text | None = Field(None, description="标题中的文字，或完整编号。 Part of the title, or the whole number.")

    def filter(self, rules: Rulebook) -> ItemFilter:
        """The filter for the query; areas stand for all below them."""
        areas = {below for area in self.area for below in rules.areas_below(area)} if self.area is not None else None
        return ItemFilter(
            statuses=self.status,
            open=self.open,
            units=self.unit,
            areas=None if areas is None else sorted(areas),
            categories=self.category,
            channels=self.channel,
            sources=self.source,
            rungs=self.highest_rung,
            overdue=self.overdue,
            reported_from=self.reported_from,
            reported_to=self.reported_to,
            due_before=self.due_before,
            text=self.text,
        )


class PageWanted(ItemsWanted):
    """A page of a list."""

    order: Order = Field(
        "reported", description="reported：最新上报在前；due：最早到期在前。 Newest report, or earliest due."
    )
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class CountsWanted(ItemsWanted):
    """Counts by one to three dimensions."""

    by: Annotated[list[Dimension], Field(min_length=1, max_length=3)] = Field(
        description="按什么统计，最多三项；month 为上报月份（日历所在时区）。 What to count by.",
        examples=[["category"]],
    )

    @model_validator(mode="before")
    @classmethod
    def _splits_commas(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(by := values.get("by"), list):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            return {**values, "by": [name for part in by for name in str(part).split(",")]}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return values  # pyright: ignore[reportUnknownVariableType]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len(set(self.by)) < len(self.by):
            raise ValueError("a dimension stands twice")
        return self


class ItemPage(View):
    """A page of items."""

    items: list[ItemSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class ItemCounts(View):
    """How many items there are, in total and by the dimensions asked for, the most frequent first."""

    total: int = Field(examples=[9999])
    counts: list[dict[str, str | int | None]] = Field(examples=[[{"category": "rubbish", "items": 412}]])


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: Order
    at: Instant
    id: UUID


_CURSORS = TypeAdapter(_Cursor)


def cursor_after(stored: StoredState, order: Order) -> str:
    """The cursor of the page that follows on an item."""
    at: datetime | None = stored.row.due_at if order == "due" else stored.row.reported_at
    if at is None:
        raise LookupError("a list is ordered by instants that its items have")
    text = _Cursor(order=order, at=at, id=stored.stream_id).model_dump_json()
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str | None, order: Order) -> Place | None:
    """Where a cursor points in a list of this order; raises CursorMalformed."""
    if cursor is None:
        return None
    if len(cursor) > _LONGEST_CURSOR:
        raise CursorMalformed
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = _CURSORS.validate_json(text, strict=True)
    except (binascii.Error, UnicodeError, ValidationError):
        raise CursorMalformed from None
    if found.order != order:
        raise CursorMalformed
    return Place(found.at, found.id)
