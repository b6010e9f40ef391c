"""What lists of acts can be asked: filters and page, checked and turned into a query."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.instant import Instant
from domain.supervision.values import ActKind
from services.gateway.cursors import cursor_of, place_in
from services.gateway.item_lists import QueryInstant, Several, Text
from services.store.act_queries import ActFilter, ActPlace
from services.store.records import StoredState

Status = Literal["planned", "issued", "published", "summoned", "recorded", "withdrawn"]


class ActPageWanted(BaseModel):
    """A page of a list, newest first. A parameter given several times means any of the values."""

    model_config = ConfigDict(extra="forbid")

    kind: Several[ActKind] = Field(None, description="文书种类。 Kind of act.")
    unit: Several[Text] = Field(None, description="责任单位。 Unit.")
    campaign: Several[Text] = Field(None, description="创建活动。 Campaign.")
    item: Several[UUID] = Field(
        None, description="由哪些事项、任务或通报引起。 The items, obligations or bulletins that gave rise to it."
    )
    status: Several[Status] = Field(None, description="状态。 Status.")
    open: bool | None = Field(None, description="是否待制发或待约谈。 Whether it waits to be issued or recorded.")
    planned_from: QueryInstant | None = Field(None, description="拟发时间起（含）。 Planned at or after.")
    planned_to: QueryInstant | None = Field(None, description="拟发时间止（不含）。 Planned before.")
    text: Text | None = Field(None, description="标题中的文字，或完整文号。 Part of the title, or the whole number.")
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")

    @property
    def filter(self) -> ActFilter:
        """The filter for the query."""
        return ActFilter(
            kinds=self.kind,
            units=self.unit,
            campaigns=self.campaign,
            sources=None if self.item is None else [str(source) for source in self.item],
            statuses=self.status,
            open=self.open,
            planned_from=self.planned_from,
            planned_to=self.planned_to,
            text=self.text,
        )

    @property
    def place(self) -> ActPlace | None:
        """Where the page begins; raises CursorMalformed."""
        found = place_in(self.cursor, _CURSORS)
        return None if found is None else ActPlace(found.at, found.act_id)

    @staticmethod
    def cursor_after(stored: StoredState) -> str:
        """The cursor of the page that follows on an act."""
        return cursor_of(_Cursor(at=stored.row.reported_at or stored.updated_at, act_id=stored.stream_id))


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Instant
    act_id: UUID


_CURSORS = TypeAdapter(_Cursor)
