"""What a list of accountability cases can be asked: filters, order and page, checked and turned into a query."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.instant import Instant
from services.gateway.cursors import cursor_of, place_in
from services.gateway.item_lists import Several, Text
from services.gateway.refusals import CursorMalformed
from services.store.case_queries import CaseFilter, CaseOrder, CasePlace
from services.store.records import StoredState

Status = Literal[
    "opened",
    "notified",
    "awaiting_finding",
    "awaiting_decision",
    "decided",
    "under_review",
    "to_carry_out",
    "concluded",
    "withdrawn",
]


class CasePageWanted(BaseModel):
    """Filters and a page. A parameter given several times means any of the values."""

    model_config = ConfigDict(extra="forbid")

    campaign: Several[Text] = Field(None, description="创建活动。 Campaign.")
    unit: Several[Text] = Field(None, description="被问责单位。 Accused unit.")
    status: Several[Status] = Field(None, description="环节。 Step.")
    cause: Several[Literal["rung", "ranking", "by_hand"]] = Field(
        None, description="立案来源。 What it was opened for."
    )
    open: bool | None = Field(None, description="是否未结。 Whether it is not over.")
    overdue: bool | None = Field(None, description="当前时限是否已超期。 Whether the running clock has run out.")
    text: Text | None = Field(None, description="标题中的文字，或完整编号。 Part of the title, or the whole number.")
    order: CaseOrder = Field("opened", description="opened：最新立案在前；due：最早到期在前。 Newest, or earliest due.")
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")

    @property
    def filter(self) -> CaseFilter:
        """The filter for the query."""
        return CaseFilter(
            campaigns=self.campaign,
            units=self.unit,
            statuses=self.status,
            causes=self.cause,
            open=self.open,
            overdue=self.overdue,
            text=self.text,
        )

    @property
    def place(self) -> CasePlace | None:
        """Where the page begins; raises CursorMalformed."""
        found = place_in(self.cursor, _CURSORS)
        if found is None:
            return None
        if found.order != self.order:
            raise CursorMalformed
        return CasePlace(found.at, found.case_id)

    def cursor_after(self, stored: StoredState) -> str | None:
        """The cursor of the page that follows on a case."""
        at = stored.row.due_at if self.order == "due" else stored.row.reported_at
        return None if at is None else cursor_of(_Cursor(order=self.order, at=at, case_id=stored.stream_id))


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: CaseOrder
    at: Instant
    case_id: UUID


_CURSORS = TypeAdapter(_Cursor)
