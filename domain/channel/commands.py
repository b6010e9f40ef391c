"""What an administrator can ask of a channel. Addresses and secrets stand in no command."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.channel.values import ChannelKind, Served
from domain.decider import Command, Reason
from domain.text import Line

Name = Annotated[Line, Field(min_length=1, max_length=100)]
Host = Annotated[Line, Field(min_length=1, max_length=255)]


class RegisterChannel(Command):
    """Let messages go there. ``host`` is all that is told of the address; none for a mailing list."""

    channel_id: UUID
    kind: ChannelKind
    name: Name
    serves: Served
    language: Literal["zh", "en"] = "zh"
    host: Host | None = None


class ChangeChannel(Command):
    """Replace what is known of it, its address included."""

    name: Name
    serves: Served
    language: Literal["zh", "en"] = "zh"
    host: Host | None = None
    reason: Reason


class AskForTest(Command):
    """Send a message that says nothing but that it arrived."""


class RetireChannel(Command):
    """Send nothing there any more."""

    reason: Reason


ChannelCommand = RegisterChannel | ChangeChannel | AskForTest | RetireChannel
