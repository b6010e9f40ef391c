"""Where a message stands, once something is known of its outcome, and how events change that."""

from typing import Literal, assert_never
from uuid import UUID

from domain.channel.values import ChannelKind
from domain.item.values import Value
from domain.notice import events as e


class Notice(Value):
    """``failures``: how often it was given up, so that each round of attempts has its own outcome."""

    message_id: UUID
    channel: ChannelKind
    channel_id: UUID | None = None
    recipient: str | None = None
    status: Literal["delivered", "failed", "waiting"]
    attempts: int
    failures: int = 0


class ImpossibleNoticeHistoryError(RuntimeError):
    """A wish to send again what never failed: the stored stream is damaged."""


def evolve(state: Notice | None, event: e.NoticeEvent) -> Notice:
    """Fold one event into the message's outcome."""
    match event:
        case e.NoticeDelivered() | e.NoticeFailed():
            failed = isinstance(event, e.NoticeFailed)
            return Notice(
                message_id=event.message_id,
                channel=event.channel,
                channel_id=event.channel_id,
                recipient=event.recipient,
                status="failed" if failed else "delivered",
                attempts=event.attempts,
                failures=(state.failures if state else 0) + failed,
            )
        case e.ResendAsked():
            if state is None:
                raise ImpossibleNoticeHistoryError(event.type)
            return state.model_copy(update={"status": "waiting"})
        case _:
            assert_never(event)
