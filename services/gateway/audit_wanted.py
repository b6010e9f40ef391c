"""What auditors can ask of events, checked and turned into a query of a log of one size."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from domain.rulebook.rulebook import Rulebook
from services.gateway.audit_rights import AuditScope
from services.gateway.cursors import cursor_of, place_in
from services.gateway.item_lists import QueryInstant, Several
from services.gateway.item_lists import Text as Word
from services.gateway.refusals import BeyondTheLog, CursorMalformed, RangeReversed
from services.handling.aggregates import AGGREGATES
from services.messages.catalogue import section
from services.store.audit_filter import AuditFilter, Order
from services.store.audit_text import SHORTEST_TEXT

_MOST = 2**62


def _kind(value: str) -> str:
    if value not in AGGREGATES:
        raise ValueError("there is no such kind of aggregate")
    return value


def _type(value: str) -> str:
    if value not in section("events"):
        raise ValueError("there is no such type of event")
    return value


Kind = Annotated[str, AfterValidator(_kind)]
Type = Annotated[str, AfterValidator(_type)]
Position = Annotated[int, Field(ge=0, le=_MOST)]


class QuestionAsked(BaseModel):
    """Filters. A parameter given several times means any of the values; different ones must all hold.

    Units and areas must have been registered once, dissolved or not; a campaign must stand somewhere in the history.
    """

    model_config = ConfigDict(extra="forbid")

    campaign: Several[Word] = Field(None, description="创建活动。 Campaign.", examples=[["civilised-2026"]])
    item: Several[UUID] = Field(None, description="整改事项。 Rectification item.")
    stream: Several[UUID] = Field(None, description="任何对象（事项、案件、任务等）的标识。 Any aggregate's id.")
    unit: Several[Word] = Field(None, description="责任单位。 Unit.", examples=[["cleaning"]])
    area: Several[Word] = Field(None, description="区域，含下级。 Area, with those below it.", examples=[["east"]])
    person: Word | None = Field(
        None,
        description="操作主体，或事项的反映人（均为标识）。 Id of who acted, or who reported the item.",
    )
    kind: Several[Kind] = Field(None, description="对象种类。 Kind of aggregate.", examples=[["item"]])
    type: Several[Type] = Field(None, description="事件类型。 Type of event.", examples=[["item.closed.v1"]])
    text: Annotated[str, Field(min_length=SHORTEST_TEXT, max_length=100)] | None = Field(
        None,
        description="人所写的文字（理由、留言、申辩、标题等），至少两个字，不分大小写。 Part of what was written.",
        examples=["施工推迟"],
    )
    evidence: Literal["none"] | None = Field(
        None, description="none：应附佐证材料而未附的。 none: with room for evidence, and without any."
    )
    occurred_from: QueryInstant | None = Field(None, description="发生时间起（含）。 Happened at or after.")
    occurred_to: QueryInstant | None = Field(None, description="发生时间止（不含）。 Happened before.")
    recorded_from: QueryInstant | None = Field(None, description="记录时间起（含）。 Written down at or after.")
    recorded_to: QueryInstant | None = Field(None, description="记录时间止（不含）。 Written down before.")
    position_from: Position | None = Field(None, description="日志位置起（含）。 Position in the log, from.")
    position_to: Position | None = Field(None, description="日志位置止（不含）。 Position, to, exclusive.")
    order: Order = Field("newest", description="newest：新的在前；oldest：旧的在前。 Which comes first.")

    def filter(self, scope: AuditScope, rules: Rulebook, size: int) -> AuditFilter:
        """The filter for the query, within the scope. Raises RangeReversed, BeyondTheLog, UnknownArea, UnknownUnit."""
        self._in_order()
        for code in self.unit or ():
            if code not in rules.units:
                rules.unit(code)  # refuses it; a dissolved one still has a past
        if (self.position_from or 0) > size or (self.position_to or 0) > size:
            raise BeyondTheLog(size=size)
        streams = [*(self.item or ()), *(self.stream or ())] if self.item or self.stream else None
        return AuditFilter(
            streams=streams,
            person=self.person,
            units=self.unit,
            areas=self._areas(scope, rules),
            types=self._types(),
            campaigns=self.campaign,
            text=self.text,
            without_evidence=self.evidence == "none",
            without_traces=not scope.traces,
            **{name: getattr(self, name) for name in _BOUNDS},
        )

    def told(self, **more: object) -> str:
        """What is asked, for the access log, which is kept for ever: no words, no person but by an id.

        Either may be somebody's name.
        """
        asked = self.model_dump(mode="json", include=set(QuestionAsked.model_fields), exclude_defaults=True)
        for name in ("text", "person"):
            if name in asked and not (name == "person" and is_id(asked[name])):
                asked[name] = "..."
        return urlencode({name: value for name, value in more.items() if value is not None} | asked, True, ":")

    @property
    def persons(self) -> tuple[str, ...]:
        """Whose deeds are asked for, where that is an opaque id."""
        return (self.person,) if self.person is not None and is_id(self.person) else ()

    def asked(self) -> str:
        """The question alone, without page or form: what tells it from others."""
        return self.model_dump_json(include=set(QuestionAsked.model_fields), exclude_none=True)

    def _in_order(self) -> None:
        for start, end in (
            (self.occurred_from, self.occurred_to),
            (self.recorded_from, self.recorded_to),
        ):
            if start is not None and end is not None and start > end:
                raise RangeReversed
        if self.position_from is not None and self.position_to is not None and self.position_from > self.position_to:
            raise RangeReversed

    def _areas(self, scope: AuditScope, rules: Rulebook) -> list[str] | None:
        if self.area is None:
            return None if scope.areas is None else sorted(scope.areas)
        for code in self.area:
            if code not in rules.areas:
                rules.area(code)  # refuses it; an abolished one still has a past
        wanted = {below for code in self.area for below in rules.areas_below(code)}
        return sorted(wanted if scope.areas is None else wanted & scope.areas)

    def _types(self) -> list[str] | None:
        if self.kind is None:
            return self.type
        of_kinds = [name for name in section("events") if name.partition(".")[0] in self.kind]
        return of_kinds if self.type is None else [name for name in of_kinds if name in self.type]


def is_id(person: str) -> bool:
    """Whether this is an id as principals and reporters have them; anybody may have typed anything."""
    try:
        return person.startswith("service:") or str(UUID(person)) == person
    except ValueError:
        return person == "system"


_BOUNDS = ("occurred_from", "occurred_to", "recorded_from", "recorded_to", "position_from", "position_to")


class EventsWanted(QuestionAsked):
    """A page of events."""

    limit: int = Field(50, ge=1, le=500, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")
    json_data: bool = Field(False, alias="json", description="附上事件的 JSON。 With the JSON of each event.")


class Cursor(BaseModel):
    """Where a page ended, in a log of which size."""

    model_config = ConfigDict(extra="forbid")

    position: Position
    size: Position

    def word(self, question: QuestionAsked) -> str:
        """As one opaque word, for this question alone."""
        return cursor_of(self, question.asked())


_CURSORS = TypeAdapter(Cursor)


def cursor_in(word: str | None, question: QuestionAsked, log_size: int) -> Cursor | None:
    """The cursor; raises CursorMalformed for one that this question, in this log, never gave."""
    found = place_in(word, _CURSORS, question.asked())
    if found is not None and not found.position < found.size <= log_size:
        raise CursorMalformed
    return found
