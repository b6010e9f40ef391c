"""What follows from a command about a channel: administrators alone decide where messages go."""

from typing import assert_never

from domain.actor import Role
from domain.channel import commands as c
from domain.channel import events as e
from domain.channel.state import Channel
from domain.channel.values import Served, UnitServed
from domain.errors import Forbidden, Rejection
from domain.rulebook.rulebook import Rulebook


class NoSuchChannel(Rejection):
    """There is no such channel."""

    code = "no_such_channel"


class ChannelAlreadyRegistered(Rejection):
    """The channel exists."""

    code = "channel_already_registered"


class ChannelIsRetired(Rejection):
    """The channel was retired: register another one."""

    code = "channel_retired"


def decide(command: c.ChannelCommand, state: Channel | None, rules: Rulebook) -> tuple[e.ChannelEvent, ...]:
    """Turn a command about one channel into its event."""
    if command.actor.role is not Role.ADMINISTRATOR:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    at = command.at
    match command:
        case c.RegisterChannel():
            if state is not None:
                raise ChannelAlreadyRegistered(name=state.name)
            _exists(command.serves, rules)
            registered = e.ChannelRegistered(
                occurred_at=at,
                channel_id=command.channel_id,
                kind=command.kind,
                name=command.name,
                serves=command.serves,
                language=command.language,
                host=command.host,
            )
            return (registered,)
        case c.ChangeChannel():
            _in_use(state)
            _exists(command.serves, rules)
            changed = e.ChannelChanged(
                occurred_at=at,
                name=command.name,
                serves=command.serves,
                language=command.language,
                host=command.host,
                reason=command.reason,
            )
            return (changed,)
        case c.AskForTest():
            _in_use(state)
            return (e.ChannelTestAsked(occurred_at=at),)
        case c.RetireChannel():
            _in_use(state)
            return (e.ChannelRetired(occurred_at=at, reason=command.reason),)
        case _:
            assert_never(command)


def _in_use(state: Channel | None) -> None:
    if state is None:
        raise NoSuchChannel
    if state.retired:
        raise ChannelIsRetired(name=state.name)


def _exists(serves: Served, rules: Rulebook) -> None:
    if isinstance(serves, UnitServed):
        rules.unit(serves.unit)
