"""What can happen to a channel. Tokens and secrets stand in no event; see tests/domain/golden for what stays."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.channel.values import ChannelKind, Served
from domain.decider import Event


class ChannelRegistered(Event):
    """Messages may go there from now on."""

    type: Literal["channel.registered.v1"] = "channel.registered.v1"
    channel_id: UUID
    kind: ChannelKind
    name: str
    serves: Served
    language: Literal["zh", "en"]
    host: str | None = None


class ChannelChanged(Event):
    """Its name, whom it serves, its language or its address is another one, for a stated reason."""

    type: Literal["channel.changed.v1"] = "channel.changed.v1"
    name: str
    serves: Served
    language: Literal["zh", "en"]
    host: str | None = None
    reason: str


class ChannelTestAsked(Event):
    """Somebody wants to see whether it works."""

    type: Literal["channel.test_asked.v1"] = "channel.test_asked.v1"


class ChannelRetired(Event):
    """Nothing goes there any more, and its address was erased."""

    type: Literal["channel.retired.v1"] = "channel.retired.v1"
    reason: str


ChannelEvent = ChannelRegistered | ChannelChanged | ChannelTestAsked | ChannelRetired
CHANNEL_EVENTS: TypeAdapter[ChannelEvent] = TypeAdapter(Annotated[ChannelEvent, Field(discriminator="type")])
