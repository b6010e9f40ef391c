"""Channels by which people are told: registered by administrators, tested, changed, retired."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from domain.channel.state import Channel
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.channel_handling import (
    ChangedChannel,
    ChannelView,
    NewChannel,
    ask_for_test,
    change,
    channel_view,
    read,
    register,
    require_reader,
    retire,
)
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.principal_handling import EmptyBody, ReasonBody
from services.handling.receipts import Receipt
from services.store.notice_queries import NoticeQueries

router = APIRouter(prefix="/v1/channels", tags=["通知 notices"])

_GROUP = {
    "kind": "dingtalk",
    "name": "环卫处工作群",
    "serves": {"kind": "unit", "unit": "cleaning"},
    "address": "https://oapi.dingtalk.com/robot/send?access_token=0123456789",
    "secret": "SEC0123456789",
}
_OFFICE = {
    "kind": "wecom",
    "name": "创建办群",
    "serves": {"kind": "body", "body": "office"},
    "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789",
}
_CHANGE = {
    "name": "环卫处工作群",
    "serves": {"kind": "unit", "unit": "cleaning"},
    "address": "https://open.feishu.cn/open-apis/bot/v2/hook/0123456789",
    "reason": "更换机器人",
}
_DESCRIBING = (*COMMANDING, "bound_to_area", "unknown_unit", "channel_address_unusable", "mail_not_configured")
_COMMANDING = (*COMMANDING, "bound_to_area", "no_such_channel", "channel_retired")


@router.get("", summary="渠道列表 List channels", responses=problems(*READING, "role_not_allowed", "bound_to_area"))
async def list_channels(caller: CurrentPrincipal, parts: Parts) -> list[ChannelView]:
    """管理员和审计可查看；地址和密钥从不显示。 For administrators and auditors; addresses are never shown."""
    require_reader(caller)
    found = await NoticeQueries(parts.pool).channels()
    return [channel_view(Channel.model_validate_json(state), version) for _, version, state in found]


@router.get(
    "/{channel_id}",
    summary="查看渠道 One channel",
    responses=problems(*READING, "role_not_allowed", "bound_to_area", "no_such_channel"),
)
async def read_channel(channel_id: UUID, caller: CurrentPrincipal, parts: Parts, response: Response) -> ChannelView:
    """管理员和审计可查看。 For administrators and auditors."""
    require_reader(caller)
    channel, version = await read(parts, channel_id)
    response.headers["ETag"] = etag(version)
    return channel_view(channel, version)


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="登记渠道 Register a channel",
    responses=problems(*_DESCRIBING, "channel_already_registered"),
)
async def register_channel(
    asked: CommandAsked,
    body: Annotated[NewChannel, Depends(JsonBody(NewChannel, {"单位群": _GROUP, "创建办群": _OFFICE}))],
    parts: Parts,
) -> Response:
    """钉钉、企业微信、飞书群机器人或邮箱。 A robot of DingTalk, WeCom or Feishu, or a mailbox.

    机器人如要求自定义关键词，请用“督办”。地址是否可达在发送时判断。 Robots that want a keyword may have 督办.
    Addresses are checked when something is sent: only public ones, and networks the operator allowed, are reached.
    """
    receipt = await register(parts, asked, body)
    return receipt_answer(receipt, location=f"/v1/channels/{receipt.id}")


@router.put(
    "/{channel_id}",
    response_model=Receipt,
    summary="变更渠道 Change a channel",
    responses=problems(*_DESCRIBING, "no_such_channel", "channel_retired"),
)
async def change_channel(
    channel_id: UUID,
    asked: CommandAsked,
    body: Annotated[ChangedChannel, Depends(JsonBody(ChangedChannel, {"": _CHANGE}))],
    parts: Parts,
) -> Response:
    """整体替换，包括地址和密钥。 Replaces everything, address and secret included."""
    return receipt_answer(await change(parts, asked, channel_id, body))


@router.post(
    "/{channel_id}/test",
    response_model=Receipt,
    summary="测试渠道 Test a channel",
    responses=problems(*_COMMANDING),
)
async def try_channel(
    channel_id: UUID,
    asked: CommandAsked,
    _body: Annotated[EmptyBody, Depends(JsonBody(EmptyBody, {}))],
    parts: Parts,
) -> Response:
    """发送一条测试消息；结果见 /v1/notices/sent。 Sends a test message; /v1/notices/sent says what came of it."""
    return receipt_answer(await ask_for_test(parts, asked, channel_id))


@router.post(
    "/{channel_id}/retire",
    response_model=Receipt,
    summary="停用渠道 Retire a channel",
    responses=problems(*_COMMANDING),
)
async def retire_channel(
    channel_id: UUID,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, {"": {"reason": "群已解散"}}))],
    parts: Parts,
) -> Response:
    """不再发送，地址和密钥随即删除。 Nothing is sent there any more; address and secret are erased."""
    return receipt_answer(await retire(parts, asked, channel_id, body.reason))
