"""A channel as it stands, and how events change it."""

from typing import Literal, assert_never
from uuid import UUID

from domain.channel import events as e
from domain.channel.values import ChannelKind, Served
from domain.item.values import Value


class Channel(Value):
    """A channel. ``host``: where it lies, as far as that may be told."""

    channel_id: UUID
    kind: ChannelKind
    name: str
    serves: Served
    language: Literal["zh", "en"] = "zh"
    host: str | None = None
    retired: bool = False


class ImpossibleChannelHistoryError(RuntimeError):
    """An event about a channel that was never registered: the stored stream is damaged."""


def evolve(state: Channel | None, event: e.ChannelEvent) -> Channel:
    """Fold one event into the channel."""
    if isinstance(event, e.ChannelRegistered):
        return Channel(
            channel_id=event.channel_id,
            kind=event.kind,
            name=event.name,
            serves=event.serves,
            language=event.language,
            host=event.host,
        )
    if state is None:
        raise ImpossibleChannelHistoryError(event.type)
    match event:
        case e.ChannelChanged():
            changes = {"name": event.name, "serves": event.serves, "language": event.language, "host": event.host}
            return state.model_copy(update=changes)
        case e.ChannelTestAsked():
            return state
        case e.ChannelRetired():
            return state.model_copy(update={"retired": True})
        case _:
            assert_never(event)
