"""The kinds of channel, and whom one serves."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.item.values import Value
from domain.text import Code


class ChannelKind(StrEnum):
    """What a channel is spoken to with."""

    DINGTALK = "dingtalk"  # 钉钉群机器人
    WECOM = "wecom"  # 企业微信群机器人
    FEISHU = "feishu"  # 飞书群机器人
    MAIL = "mail"  # 电子邮件


class UnitServed(Value):
    """A unit's own group: what its handlers and its head are told."""

    kind: Literal["unit"] = "unit"
    unit: Code


class BodyServed(Value):
    """The group of the campaign office, or of the leading group."""

    kind: Literal["body"] = "body"
    body: Literal["office", "leading_group"]


class PersonServed(Value):
    """One person alone, by principal id: what they would find in their inbox."""

    kind: Literal["person"] = "person"
    principal: Code


class CityServed(Value):
    """Everybody: what is public, such as bulletins."""

    kind: Literal["city"] = "city"


Served = Annotated[UnitServed | BodyServed | PersonServed | CityServed, Field(discriminator="kind")]
