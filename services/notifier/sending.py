"""Sends one message: writes down that it begins, sends, writes down the answer, and records the outcome as an event.

Killed in between, it is sent again under the same id, marked as a possible repetition; what had been answered is not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from domain.actor import Actor, Role
from domain.channel.values import ChannelKind
from domain.notice.commands import NoticeCommand, RecordDelivery, RecordFailure
from domain.notice.trying import MOST_A_MINUTE, next_try
from domain.notice.values import FailureReason
from services.handling.aggregates import NOTICE
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.messages.notice_texts import repeated_mark, timezone_of
from services.notifier.port import Answer, Outgoing
from services.notifier.quiet import quiet_until
from services.notifier.senders import Senders
from services.store.notice_sending import AttemptRow, DueMessage, NoticeSending

SERVICE = Actor(principal="service:notifier", role=Role.SYSTEM)
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """Everything that sending takes. ``now`` is the one clock that is read."""

    sending: NoticeSending
    senders: Senders
    handler: CommandHandler
    rulebooks: RulebookSource
    now: Callable[[], datetime]

    async def send_due(self, target: str) -> datetime | None:
        """Send what is due for a target, one after the other. Until when to leave it alone, where it wants no more."""
        while message := await self.sending.next(target, self.now()):
            now = self.now()
            awake = now if message.urgent else await quiet_until(self.sending, target, await self._timezone(), now)
            if awake > now:  # tried again, or held up, it has come into the night
                await self.sending.later(message.message_id, message.attempts, awake)
                continue
            if await self.sending.said_within_a_minute(target, now) >= MOST_A_MINUTE:
                later = next_try(message.message_id, 1, now)
                await self.sending.later(message.message_id, message.attempts, later)
                return later
            later = await self._send(message)
            if later is not None:
                return later
        return None

    async def _timezone(self) -> str:
        return timezone_of(await self.rulebooks.current())

    async def _send(self, message: DueMessage) -> datetime | None:
        tried = await self.sending.tried(message.message_id)
        if tried.accepted:  # the platform had answered, and we were killed before we could say so
            await self._delivered(message, tried.attempts, repeated=tried.uncertain)
            return None
        sender = await self.senders.sender(message.target, message.channel)
        if sender is None:
            await self._failed(message, tried.attempts, "no_address", None)
            return None
        attempt = tried.attempts + 1
        await self.sending.begin(message, attempt, self.now(), repeated=tried.uncertain)
        mark = repeated_mark("en" if message.language == "en" else "zh") if tried.uncertain else ""
        answer = await sender.send(Outgoing(message.message_id, mark + message.title, mark + message.body))
        at = self.now()
        await self.sending.answer(_row(message, attempt, answer, repeated=tried.uncertain), at)
        if answer.accepted:
            await self._delivered(message, attempt, repeated=tried.uncertain)
            return None
        later = next_try(message.message_id, attempt, at, rate_limited=answer.rate_limited)
        if answer.final or later >= message.give_up_at:
            await self._failed(message, attempt, "refused" if answer.final else "gave_up", answer)
            return later if answer.about_platform else None
        await self.sending.later(message.message_id, attempt, later)
        return later if answer.about_platform else None

    async def _delivered(self, message: DueMessage, attempts: int, *, repeated: bool) -> None:
        code, answer_sha256 = await self.sending.accepted(message.message_id)
        channel, channel_id, recipient = _about(message)
        command = RecordDelivery(
            command_id=f"notice:{message.message_id}:{message.failures}:delivered",
            at=self.now(),
            actor=SERVICE,
            message_id=message.message_id,
            channel=channel,
            channel_id=channel_id,
            recipient=recipient,
            lines=message.lines,
            attempts=attempts,
            repeated=repeated,
            platform_code=code or None,
            answer_sha256=answer_sha256,
        )
        await self._record(message, command)
        await self.sending.over(message, attempts, "delivered")

    async def _failed(self, message: DueMessage, attempts: int, reason: FailureReason, answer: Answer | None) -> None:
        channel, channel_id, recipient = _about(message)
        command = RecordFailure(
            command_id=f"notice:{message.message_id}:{message.failures}:failed",
            at=self.now(),
            actor=SERVICE,
            message_id=message.message_id,
            channel=channel,
            channel_id=channel_id,
            recipient=recipient,
            lines=message.lines,
            attempts=attempts,
            reason=reason,
            platform_code=answer.code if answer else None,
            answer_sha256=answer.sha256 if answer else None,
        )
        await self._record(message, command)
        await self.sending.over(message, attempts, "failed")
        await _log.awarning("message given up", message_id=str(message.message_id), reason=reason, attempts=attempts)

    async def _record(self, message: DueMessage, command: NoticeCommand) -> None:
        await self.handler.handle(Wish(NOTICE, message.message_id, command))


def _about(message: DueMessage) -> tuple[ChannelKind, UUID | None, str | None]:
    """The channel's kind, its id where it is a registered one, the person where it is one person's mail."""
    place, _, name = message.target.partition(":")
    if place == "mail":
        return ChannelKind.MAIL, None, name
    return ChannelKind(message.channel), UUID(name), None


def _row(message: DueMessage, attempt: int, answer: Answer, *, repeated: bool) -> AttemptRow:
    plain = replace(answer, text=answer.text.replace("\x00", ""), body=answer.body.replace("\x00", ""))
    return AttemptRow(
        message_id=message.message_id,
        attempt=attempt,
        target=message.target,
        repeated=repeated,
        accepted=plain.accepted,
        uncertain=plain.uncertain,
        http_status=plain.http_status,
        platform_code=plain.code,
        platform_text=plain.text,
        answer=plain.body,
        answer_sha256=plain.sha256,
    )
