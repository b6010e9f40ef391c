"""What became of a message, as evidence. The platform's whole answer is kept beside; its hash stands here."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.channel.values import ChannelKind
from domain.decider import Event
from domain.notice.values import FailureReason


class NoticeDelivered(Event):
    """送达: the platform said that it has taken the message. ``repeated``: it may have been shown twice.

    ``recipient`` is a principal's id where the message went to one person.
    """

    type: Literal["notice.delivered.v1"] = "notice.delivered.v1"
    message_id: UUID
    channel: ChannelKind
    channel_id: UUID | None = None
    recipient: str | None = None
    lines: int
    attempts: int
    repeated: bool = False
    platform_code: str | None = None
    answer_sha256: str


class NoticeFailed(Event):
    """未送达: given up, for a reason; somebody can have it tried again."""

    type: Literal["notice.failed.v1"] = "notice.failed.v1"
    message_id: UUID
    channel: ChannelKind
    channel_id: UUID | None = None
    recipient: str | None = None
    lines: int
    attempts: int
    reason: FailureReason
    platform_code: str | None = None
    answer_sha256: str | None = None


class ResendAsked(Event):
    """重发: somebody wants it tried again, under the same id."""

    type: Literal["notice.resend_asked.v1"] = "notice.resend_asked.v1"


NoticeEvent = NoticeDelivered | NoticeFailed | ResendAsked
NOTICE_EVENTS: TypeAdapter[NoticeEvent] = TypeAdapter(Annotated[NoticeEvent, Field(discriminator="type")])
