"""Events as auditors read them: a sentence each, what it is about, where it stands in the log, the JSON on demand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.rulebook.rulebook import Rulebook
from services.gateway.item_history import history_entry
from services.gateway.item_views import View
from services.messages.catalogue import Language, section
from services.store.audit_queries import AuditQueries, Subject
from services.store.records import StoredEvent


class AuditEvent(View):
    """One event."""

    position: int | None = Field(description="日志中的位置。 Position in the log.", examples=[73])
    stream: UUID = Field(description="对象标识。 Id of the aggregate.")
    kind: str = Field(examples=["item"])
    number: str | None = Field(description="编号。 What people call it.", examples=["2026-0000123"])
    title: str | None = Field(examples=["东街垃圾满溢"])
    version: int = Field(description="对象的第几个事件。 Which event of the aggregate.", examples=[3])
    event_id: UUID
    type: str = Field(examples=["item.accepted.v1"])
    name: str = Field(examples=["签收"])
    sentence: str | None = Field(
        description="空表示无权查看内容。 Null for those who may not see what events say.",
        examples=["环卫处签收，整改期限 2026-11-23 11:00。"],
    )
    occurred_at: datetime = Field(description="何时发生。 When it happened.")
    recorded_at: datetime = Field(description="何时记录。 When it was written down.")
    actor: str = Field(description="操作主体的标识。 Id of the principal.")
    campaign: str | None
    unit: str | None = Field(examples=["cleaning"])
    area: str | None = Field(examples=["east"])
    data: dict[str, Any] | None = Field(default=None, description="事件的 JSON。 The event's JSON, where asked for.")


class AuditPage(View):
    """A page of events. All pages of one question are of a log of one size, whatever is written meanwhile."""

    log_size: int = Field(description="读取时的日志大小。 Size of the log that was read.", examples=[4328])
    events: list[AuditEvent]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


async def audit_events(
    queries: AuditQueries,
    events: Sequence[StoredEvent],
    rules: Rulebook,
    language: Language,
    *,
    content: bool,
    json: bool,
) -> list[AuditEvent]:
    """Events with what they are about. ``content``: with sentences; ``json``: with the JSON, too."""
    subjects = await queries.subjects(list({event.stream_id for event in events}))
    return [
        _view(event, subjects.get(event.stream_id), rules, language, content=content, json=json) for event in events
    ]


def _view(
    event: StoredEvent, subject: Subject | None, rules: Rulebook, language: Language, *, content: bool, json: bool
) -> AuditEvent:
    number = subject.number if subject else None
    entry = history_entry(event, number or "", rules, language) if content or json else None
    return AuditEvent(
        position=event.position,
        stream=event.stream_id,
        kind=event.kind,
        number=number,
        title=subject.title if subject and content else None,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        name=section("events")[event.type][language]["name"],
        sentence=entry.sentence if entry and content else None,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        campaign=event.campaign_id,
        unit=event.unit,
        area=event.area,
        data=entry.data if entry and json else None,
    )
