"""What lists and counts of obligations can be asked: filters, order and page, checked and turned into a query."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from domain.instant import Instant
from domain.ladder import Rung
from services.gateway.cursors import cursor_of, place_in
from services.gateway.item_lists import QueryInstant, Several, Text
from services.gateway.refusals import CursorMalformed
from services.store.obligation_queries import (
    ObligationDimension,
    ObligationFilter,
    ObligationOrder,
    ObligationPlace,
)
from services.store.records import StoredState

Kind = Literal["duty", "task", "letter"]
Status = Literal["open", "submitted", "fulfilled", "withdrawn"]


class ObligationsWanted(BaseModel):
    """Filters. A parameter given several times means any of the values."""

    model_config = ConfigDict(extra="forbid")

    campaign: Several[Text] = Field(None, description="创建活动。 Campaign.")
    kind: Several[Kind] = Field(None, description="常态任务、任务、责任书。 Duty, task, letter.")
    unit: Several[Text] = Field(None, description="责任单位。 Unit.")
    status: Several[Status] = Field(None, description="状态。 Status.")
    open: bool | None = Field(None, description="是否未了。 Whether a clock runs.")
    overdue: bool | None = Field(None, description="当前时限是否已超期。 Whether the running clock has run out.")
    highest_rung: Several[Rung] = Field(None, description="最高督办级别。 Highest rung climbed.")
    due_before: QueryInstant | None = Field(None, description="在此之前到期。 Due before.")
    text: Text | None = Field(None, description="标题中的文字，或完整编号。 Part of the title, or the whole number.")

    @property
    def filter(self) -> ObligationFilter:
        """The filter for the query."""
        return ObligationFilter(
            campaigns=self.campaign,
            kinds=self.kind,
            units=self.unit,
            statuses=self.status,
            rungs=self.highest_rung,
            open=self.open,
            overdue=self.overdue,
            due_before=self.due_before,
            text=self.text,
        )


class ObligationPageWanted(ObligationsWanted):
    """A page of a list."""

    order: ObligationOrder = Field(
        "number", description="number：按编号；due：最早到期在前。 By number, or earliest due."
    )
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")

    @property
    def place(self) -> ObligationPlace | None:
        """Where the page begins; raises CursorMalformed."""
        found = place_in(self.cursor, _CURSORS)
        if found is None:
            return None
        if found.order != self.order or (found.at is None) == (self.order == "due"):
            raise CursorMalformed
        return ObligationPlace(found.number, found.at)

    def cursor_after(self, stored: StoredState) -> str:
        """The cursor of the page that follows on an obligation."""
        at = stored.row.due_at if self.order == "due" else None
        return cursor_of(_Cursor(order=self.order, at=at, number=stored.row.number or ""))


class ObligationCountsWanted(ObligationsWanted):
    """Counts by one to three dimensions."""

    by: Annotated[list[ObligationDimension], Field(min_length=1, max_length=3)] = Field(
        description="按什么统计，最多三项；late 为是否逾期。 What to count by; late: whether it was or is late.",
        examples=[["kind", "status"]],
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


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: ObligationOrder
    at: Instant | None = None
    number: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]


_CURSORS = TypeAdapter(_Cursor)
