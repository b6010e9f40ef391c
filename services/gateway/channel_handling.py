"""What the gateway adds to commands about channels: the address and the secret, kept where no event sees them."""

import hashlib
import re
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel, ConfigDict, Field

from domain.actor import Role
from domain.channel.commands import AskForTest, ChangeChannel, ChannelCommand, Name, RegisterChannel, RetireChannel
from domain.channel.decisions import NoSuchChannel
from domain.channel.state import Channel
from domain.channel.values import ChannelKind, Served
from domain.decider import Reason
from domain.errors import Forbidden
from domain.text import Line
from services.gateway.authentication import Caller
from services.gateway.dependencies import Asked
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.refusals import Refusal
from services.gateway.wiring import Gateway
from services.handling.aggregates import CHANNEL
from services.handling.command_handler import Alongside, Wish
from services.handling.receipts import Receipt
from services.store.notice_queries import erase_address, save_address

_MAILBOX = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")
_READERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class ChannelAddressUnusable(Refusal):
    """A robot's address is a URL with https (or http, inside an allowed network); a mailing list's is a mailbox."""

    status = 422
    code = "channel_address_unusable"


class MailNotConfigured(Refusal):
    """There is no mail server in the settings."""

    status = 409
    code = "mail_not_configured"


class ChannelDescription(BaseModel):
    """What can be said of a channel, but for its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(examples=["环卫处工作群"])
    serves: Served = Field(description="服务对象：单位、创建办或领导小组、个人、全市。 Whom it serves.")
    language: Literal["zh", "en"] = "zh"
    address: Annotated[Line, Field(min_length=3, max_length=1000)] = Field(
        description="机器人地址（含令牌）或邮箱；不会再显示。 A robot's URL with its token, or a mailbox; never shown.",
        examples=["https://oapi.dingtalk.com/robot/send?access_token=…"],
    )
    secret: Annotated[Line, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="加签密钥；不会再显示。 The secret that signs, where the robot has one; never shown."
    )


class NewChannel(ChannelDescription):
    """A channel to register."""

    kind: ChannelKind


class ChangedChannel(ChannelDescription):
    """The whole new description, its address included, and why."""

    reason: Reason


class ChannelView(BaseModel):
    """A channel, without its address."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    version: int
    kind: ChannelKind
    name: str
    serves: Served
    language: Literal["zh", "en"]
    host: str | None = Field(description="机器人所在主机。 The robot's host.", examples=["oapi.dingtalk.com"])
    retired: bool


C = TypeVar("C", bound=ChannelDescription)


def require_reader(caller: Caller) -> None:
    """Administrators and auditors of the whole city see what channels there are."""
    if caller.actor.role not in _READERS:
        raise Forbidden(role=caller.actor.role, command="ReadChannels")
    governs_everywhere(caller)


async def read(parts: Gateway, channel_id: UUID) -> tuple[Channel, int]:
    """A channel and its version; raises NoSuchChannel."""
    stored = await parts.store.state(channel_id)
    if stored is None or stored.kind != CHANNEL.kind:
        raise NoSuchChannel
    return Channel.model_validate_json(stored.state), stored.version


def channel_view(channel: Channel, version: int) -> ChannelView:
    """A channel as administrators and auditors see it."""
    return ChannelView(
        id=channel.channel_id,
        version=version,
        kind=channel.kind,
        name=channel.name,
        serves=channel.serves,
        language=channel.language,
        host=channel.host,
        retired=channel.retired,
    )


async def register(parts: Gateway, asked: Asked, body: NewChannel) -> Receipt:
    """Register a channel; under the same key it is always the same one."""
    channel_id = CHANNEL.stream(asked.command_id)
    command = RegisterChannel(
        **asked.fields,
        channel_id=channel_id,
        kind=body.kind,
        name=body.name,
        serves=body.serves,
        language=body.language,
        host=_host(parts, body.kind, body.address),
    )
    return await _handle(parts, asked, channel_id, command, body)


async def change(parts: Gateway, asked: Asked, channel_id: UUID, body: ChangedChannel) -> Receipt:
    """Replace what is known of a channel."""
    channel, _ = await read(parts, channel_id)
    command = ChangeChannel(
        **asked.fields,
        name=body.name,
        serves=body.serves,
        language=body.language,
        host=_host(parts, channel.kind, body.address),
        reason=body.reason,
    )
    return await _handle(parts, asked, channel_id, command, body)


async def ask_for_test(parts: Gateway, asked: Asked, channel_id: UUID) -> Receipt:
    """Have a test message sent."""
    return await _handle(parts, asked, channel_id, AskForTest(**asked.fields))


async def retire(parts: Gateway, asked: Asked, channel_id: UUID, reason: str) -> Receipt:
    """Send nothing there any more, and forget where it lay."""

    async def erase(connection: PoolConnectionProxy) -> None:
        await erase_address(connection, channel_id)

    return await _handle(parts, asked, channel_id, RetireChannel(**asked.fields, reason=reason), alongside=erase)


def _host(parts: Gateway, kind: ChannelKind, address: str) -> str | None:
    """The host of a robot's address, None for a mailbox; refuses what can be no address at all.

    Whether the host may be reached is decided when a message is sent, by the address that its name has then.
    """
    if kind is ChannelKind.MAIL:
        if not _MAILBOX.fullmatch(address):
            raise ChannelAddressUnusable
        if parts.settings.smtp_host is None:
            raise MailNotConfigured
        return None
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ChannelAddressUnusable from None
    if url.scheme not in {"https", "http"} or not host or url.username is not None or not address.isascii():
        raise ChannelAddressUnusable
    return host


async def _handle(
    parts: Gateway,
    asked: Asked,
    channel_id: UUID,
    command: ChannelCommand,
    body: ChannelDescription | None = None,
    alongside: Alongside | None = None,
) -> Receipt:
    governs_everywhere(asked.caller)
    request: bytes | None = None
    if body is not None:
        request = hashlib.sha256(f"{type(command).__name__} {channel_id} {body.model_dump_json()}".encode()).digest()
        alongside = _saving(channel_id, body)
    wish = Wish(
        CHANNEL,
        channel_id,
        command,
        expected_version=asked.expected_version,
        request_sha256=request,
        beforehand=still_in_office(asked.caller),
        alongside=alongside,
    )
    return await parts.handler.handle(wish)


def _saving(channel_id: UUID, body: ChannelDescription) -> Alongside:
    async def save(connection: PoolConnectionProxy) -> None:
        await save_address(connection, channel_id, body.address, body.secret)

    return save
