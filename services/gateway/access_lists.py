"""What the access log can be asked: which kinds of trace there are, filters and page, turned into a query."""

from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.instant import Instant
from services.gateway.cursors import cursor_of, place_in
from services.gateway.item_lists import QueryInstant, Several
from services.gateway.refusals import RangeReversed
from services.store.access_queries import HISTORY_READS, READS, AccessFilter, AccessPlace
from services.store.records import StoredEvent

Action = Literal[
    "personal_data",
    "history",
    "export",
    "refusal",
    "sign_in",
    "key_change",
    "rule_change",
    "principal_change",
    "erasure",
    "administration",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
# Rules, keys and principals change by events of their own, which are traces as they stand.
TYPES_OF: dict[Action, tuple[str, ...]] = {
    "personal_data": (READS,),
    "history": (HISTORY_READS,),
    "export": ("access.exported.v1",),
    "refusal": ("access.refused.v1",),
    "sign_in": ("access.sign_in_failed.v1",),
    "key_change": (
        "access.log_key_changed.v1",
        "principal.api_key_issued.v1",
        "principal.api_key_revoked.v1",
        "webhook.registered.v1",
        "webhook.changed.v1",
        "webhook.secret_rotated.v1",
        "webhook.paused.v1",
        "webhook.resumed.v1",
        "webhook.disabled.v1",
        "webhook.retired.v1",
        "channel.registered.v1",
        "channel.changed.v1",
        "channel.retired.v1",
    ),
    "rule_change": (
        "catalogue.published.v1",
        "policy.published.v1",
        "calendar.published.v1",
        "standard.published.v1",
        "formulas.published.v1",
        "template.published.v1",
        "unit.registered.v1",
        "unit.changed.v1",
        "unit.dissolved.v1",
        "area.registered.v1",
        "area.changed.v1",
        "area.abolished.v1",
    ),
    "principal_change": ("principal.registered.v1", "principal.changed.v1", "principal.deactivated.v1"),
    "erasure": ("person.erased.v1",),
    "administration": (
        "access.administration_begun.v1",
        "access.administered.v1",
        "access.administration_failed.v1",
    ),
}
ACTION_OF: dict[str, Action] = {name: action for action, names in TYPES_OF.items() for name in names}
_FAILED = frozenset({"access.refused.v1", "access.sign_in_failed.v1", "access.administration_failed.v1"})
_UNDECIDED = "access.administration_begun.v1"


def succeeded(event_type: str) -> bool | None:
    """Whether what a trace tells succeeded; None while that is open."""
    return None if event_type == _UNDECIDED else event_type not in _FAILED


class AccessPageWanted(BaseModel):
    """A page of the access log, newest first. A parameter given several times means any of the values."""

    model_config = ConfigDict(extra="forbid")

    who: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="主体编号；身份不明者为 service:gateway，命令行为 service:command-line。 Id of the principal.",
    )
    action: Several[Action] = Field(None, description="行为种类。 Kind of action.")
    success: bool | None = Field(None, description="是否成功。 Whether it succeeded.")
    since: QueryInstant | None = Field(None, description="时间起（含）。 At or after.")
    until: QueryInstant | None = Field(None, description="时间止（不含）。 Before.")
    about: UUID | None = Field(
        None,
        description="谁的个人信息被查看，或谁的操作被查阅；只列查看记录。 Whose personal data or deeds were read: "
        "lists those reads alone.",
    )
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")

    @property
    def filter(self) -> AccessFilter:
        """The filter for the query; raises RangeReversed."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise RangeReversed
        types = [name for action in self.action or ACTIONS for name in TYPES_OF[action]]
        if self.success is not None:
            types = [name for name in types if succeeded(name) is self.success]
        if self.about is not None:
            types = [name for name in types if name in {READS, HISTORY_READS}]
        return AccessFilter(types=types, actor=self.who, since=self.since, until=self.until, about=self.about)

    @property
    def place(self) -> AccessPlace | None:
        """Where the page begins; raises CursorMalformed."""
        found = place_in(self.cursor, _CURSORS, self._question)
        return None if found is None else AccessPlace(found.at, found.seq)

    def cursor_after(self, event: StoredEvent) -> str:
        """The cursor of the page that follows on a trace, for these filters alone."""
        return cursor_of(_Cursor(at=event.occurred_at, seq=event.seq), self._question)

    @property
    def _question(self) -> str:
        return self.model_dump_json(exclude={"limit", "cursor"}, exclude_none=True)


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Instant
    seq: int = Field(ge=0, le=2**62)


_CURSORS = TypeAdapter(_Cursor)
