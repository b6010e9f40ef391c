"""What is recorded and asked about a message that was to be sent."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.channel.values import ChannelKind
from domain.decider import Command
from domain.notice.values import FailureReason, PlatformCode

Attempts = Annotated[int, Field(ge=0)]


class RecordDelivery(Command):
    """The platform took the message, by its own answer. ``lines``: how many things it tells of."""

    message_id: UUID
    channel: ChannelKind
    channel_id: UUID | None = None
    recipient: str | None = None
    lines: Annotated[int, Field(ge=1)]
    attempts: Attempts
    repeated: bool = False
    platform_code: PlatformCode | None = None
    answer_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RecordFailure(Command):
    """The message was given up. ``platform_code``: of the last answer, where there was one."""

    message_id: UUID
    channel: ChannelKind
    channel_id: UUID | None = None
    recipient: str | None = None
    lines: Annotated[int, Field(ge=1)]
    attempts: Attempts
    reason: FailureReason
    platform_code: PlatformCode | None = None
    answer_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class AskForResend(Command):
    """Try a message again that had failed."""


NoticeCommand = RecordDelivery | RecordFailure | AskForResend
