"""How notices and messages are shown: an inbox in words, and what was sent with every answer of the platform."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from domain.actor import Role
from domain.channel.values import ChannelKind
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.governing import governs_everywhere
from services.gateway.item_views import View
from services.messages.catalogue import Language, word
from services.messages.notice_texts import line_of
from services.store.notice_queries import AttemptLine, InboxRow, SentRow

MessageState = Literal["waiting", "delivered", "failed"]
_REFERENCE_CHARACTERS = 8
_READERS = frozenset({Role.OFFICE, Role.ADMINISTRATOR, Role.AUDITOR})
_LIMIT = "每页条数。 Lines a page."
_CURSOR = "上一页给出的 next_cursor。 next_cursor of the page before."


class InboxWanted(BaseModel):
    """A page of one's own notices."""

    model_config = ConfigDict(extra="forbid")

    unread: bool | None = Field(None, description="只看未读或已读。 Only those not read, or only those read.")
    limit: int = Field(50, ge=1, le=200, description=_LIMIT)
    cursor: str | None = Field(None, description=_CURSOR)


class SentWanted(BaseModel):
    """A page of messages."""

    model_config = ConfigDict(extra="forbid")

    state: MessageState | None = Field(None, description="待发送、已送达、未送达。 How far it has come.")
    channel: UUID | None = Field(None, description="只看该渠道。 Only this channel's.")
    limit: int = Field(50, ge=1, le=200, description=_LIMIT)
    cursor: str | None = Field(None, description=_CURSOR)


class NoticeView(View):
    """One notice of an inbox. The reference is the one that robots and mail show for it."""

    id: UUID
    reference: str = Field(examples=["8d3f5a42"])
    text: str = Field(examples=["督办：2026-0000123 东街垃圾满溢，责任单位环卫处，请于 2026-11-25 18:00 前回复。"])
    topic: str = Field(examples=["rung_answer"])
    urgent: bool
    about: UUID = Field(description="事项、任务、文书或案件的标识。 Id of what it is about.")
    about_kind: str = Field(examples=["item"])
    occurred_at: datetime
    read_at: datetime | None


class Inbox(View):
    """A page of one's own notices, newest first."""

    notices: list[NoticeView]
    unread: int = Field(description="未读总数。 How many are not read, in all.", examples=[3])
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class SentView(View):
    """A message that was, or is to be, sent."""

    id: UUID
    reference: str = Field(examples=["8d3f5a42"])
    channel: ChannelKind
    channel_id: UUID | None = Field(description="登记的渠道；个人邮箱则为空。 The channel; null for one's own mail.")
    recipient: str | None = Field(description="收件人的主体标识。 The principal, where it is one person's mail.")
    state: MessageState
    state_text: str = Field(examples=["已送达"])
    lines: int = Field(description="包含几条通知。 How many notices it tells of.", examples=[1])
    attempts: int = Field(description="已尝试次数。 How often it was tried.", examples=[1])
    created_at: datetime
    next_at: datetime | None = Field(description="下次尝试的时间。 When it is tried next.")


class SentPage(View):
    """A page of messages, newest first."""

    messages: list[SentView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class AttemptView(View):
    """One attempt. Without an answer nobody knows whether the platform has taken it."""

    attempt: Annotated[int, Field(examples=[1])]
    began_at: datetime
    repeated: bool = Field(description="可能重复（补发）。 It may be a repetition.")
    answered_at: datetime | None = None
    accepted: bool | None = None
    http_status: int | None = Field(default=None, examples=[200])
    platform_code: str | None = Field(default=None, description="平台的应答码。 The platform's code.", examples=["0"])
    platform_text: str | None = Field(default=None, examples=["ok"])
    answer: str | None = Field(default=None, description="平台应答原文（截断）。 The platform's own answer, cut short.")
    answer_sha256: str | None = None


class SentDetail(SentView):
    """A message with its words and every attempt."""

    title: str
    body: str
    evidence: list[AttemptView]


def require_reader(caller: Caller) -> None:
    """Who was told what concerns the whole city: office, administrators and auditors, bound to no area."""
    if caller.actor.role not in _READERS:
        raise Forbidden(role=caller.actor.role, command="ReadMessages")
    governs_everywhere(caller)


def notice_view(row: InboxRow, rules: Rulebook, language: Language) -> NoticeView:
    """A notice in words."""
    return NoticeView(
        id=row.notice_id,
        reference=str(row.event_id)[:_REFERENCE_CHARACTERS],
        text=line_of(row.topic, orjson.loads(row.facts), rules, language),
        topic=row.topic,
        urgent=row.urgent,
        about=row.stream_id,
        about_kind=row.kind,
        occurred_at=row.occurred_at,
        read_at=row.read_at,
    )


def sent_view(row: SentRow, attempts: int, language: Language) -> SentView:
    """A message without its words."""
    return SentView(**_sent(row, attempts, language))


def sent_detail(row: SentRow, lines: list[AttemptLine], language: Language) -> SentDetail:
    """A message with every attempt."""
    attempts: dict[int, AttemptView] = {}
    for line in lines:
        if line.step == "begun":
            attempts[line.attempt] = AttemptView(attempt=line.attempt, began_at=line.at, repeated=line.repeated)
        elif line.attempt in attempts:
            answered = {
                "answered_at": line.at,
                "accepted": line.accepted,
                "http_status": line.http_status,
                "platform_code": line.platform_code,
                "platform_text": line.platform_text,
                "answer": line.answer,
                "answer_sha256": line.answer_sha256,
            }
            attempts[line.attempt] = attempts[line.attempt].model_copy(update=answered)
    fields = _sent(row, len(attempts), language)
    return SentDetail(**fields, title=row.title, body=row.body, evidence=list(attempts.values()))


def _sent(row: SentRow, attempts: int, language: Language) -> dict[str, Any]:
    place, _, name = row.target.partition(":")
    return {
        "id": row.message_id,
        "reference": row.reference,
        "channel": row.channel,
        "channel_id": UUID(name) if place == "channel" else None,
        "recipient": name if place == "mail" else None,
        "state": row.state,
        "state_text": word("notice_status", row.state, language),
        "lines": row.lines,
        "attempts": attempts,
        "created_at": row.created_at,
        "next_at": row.next_at if row.state == "waiting" else None,
    }
