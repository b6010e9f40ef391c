"""Webhooks: registering where back-office systems are told of outcomes, and looking after what is sent there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from domain.webhook.commands import PauseWebhook, ResumeWebhook
from domain.webhook.decisions import NoSuchDelivery
from services.gateway import webhook_bodies as b
from services.gateway import webhook_handling as handling
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.webhook_views import delivery_history, delivery_view, visible, webhook_view, whose
from services.handling.receipts import Receipt
from services.store.webhook_queries import WebhookQueries
from services.store.webhooks import DeliveryState

router = APIRouter(prefix="/v1", tags=["回调 webhooks"])

_COMMANDING = (*COMMANDING, "bound_to_area", "no_such_webhook")
_READING = (*READING, "role_not_allowed", "bound_to_area", "no_such_webhook")
_ADDRESS = ("webhook_address_refused", "unknown_outcome")
_BODY = {
    "principal": "1d8cf12e-2a3a-5a6f-8d4f-1c9b4c9bab12",
    "url": "https://hooks.hotline.example.cn/duban?token=…",
    "types": ["duban.item.closed.v1", "duban.item.voided.v1"],
}
_CHANGE = {"types": ["duban.item.closed.v1"], "reason": "热线系统只需要办结结果"}
_REASON = {"": {"reason": "热线系统停机维护"}}
_FIRST = UUID(int=0)

Registering = Annotated[b.WebhookBody, Depends(JsonBody(b.WebhookBody, {"": _BODY}))]
Changing = Annotated[b.WebhookChangeBody, Depends(JsonBody(b.WebhookChangeBody, {"": _CHANGE}))]
Why = Annotated[b.WebhookReasonBody, Depends(JsonBody(b.WebhookReasonBody, _REASON))]
Nothing = Annotated[b.WebhookEmptyBody, Depends(JsonBody(b.WebhookEmptyBody, {}))]
Delivery = Annotated[int, Path(ge=1, le=2**63 - 1, description="投递编号。 Number of the delivery.", examples=[1207])]


@router.post(
    "/webhooks",
    status_code=201,
    summary="登记回调 Register a webhook",
    responses=problems(
        *COMMANDING,
        *_ADDRESS,
        "bound_to_area",
        "webhook_without_system",
        "too_many_webhooks",
        "webhook_secret_shown_once",
    ),
)
async def register_webhook(asked: CommandAsked, body: Registering, parts: Parts) -> b.WebhookSecret:
    """业务系统上报的问题此后的进展，都以签名消息发往该地址。 What becomes of what a system reports is sent there.

    Messages are CloudEvents 1.0 in structured JSON, one for every event of an item, signed by Standard Webhooks: verify
    `webhook-signature` with the secret of this answer, which is shown this once. `webhook-id` stays the same in every
    attempt: it is your idempotency key. Messages about one item arrive in order; answer 2xx within 20 seconds. Any
    other answer is tried again for three days, longer and longer (`Retry-After` is honoured up to an hour); then the
    delivery is dead, can be seen and resent, and the item's later messages go on. 410 disables the webhook. Nothing of
    what happened before the registration is sent. The address is https and public, unless the operator allowed another
    network; redirects are not followed.
    """
    return await handling.register(parts, asked, body)


@router.get(
    "/webhooks", summary="回调列表 List webhooks", responses=problems(*READING, "role_not_allowed", "bound_to_area")
)
async def list_webhooks(
    caller: CurrentPrincipal,
    parts: Parts,
    at: Now,
    language: AskedLanguage,
    after: Annotated[UUID, Query(description="上一页的 next_after。 next_after of the page before.")] = _FIRST,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数。 Lines a page.")] = 100,
) -> b.WebhookPage:
    """管理员、审计可看全部；业务系统只看自己的。 Administrators and auditors see all, back-office systems their own."""
    found = await WebhookQueries(parts.pool).webhooks(whose(caller), after, limit + 1)
    return b.WebhookPage(
        webhooks=[webhook_view(record, at, language) for record in found[:limit]],
        next_after=found[limit - 1].webhook_id if len(found) > limit else None,
    )


@router.get("/webhooks/{webhook_id}", summary="查看回调 One webhook", responses=problems(*_READING))
async def read_webhook(
    webhook_id: UUID, caller: CurrentPrincipal, parts: Parts, at: Now, language: AskedLanguage, response: Response
) -> b.WebhookView:
    """地址只显示到主机名；密钥不再显示。 The address is shown up to its host, the secret never again."""
    record = await visible(WebhookQueries(parts.pool), caller, webhook_id)
    response.headers["ETag"] = etag(record.version)
    return webhook_view(record, at, language)


@router.patch(
    "/webhooks/{webhook_id}",
    response_model=Receipt,
    summary="变更回调 Change a webhook",
    responses=problems(*_COMMANDING, *_ADDRESS),
)
async def change_webhook(webhook_id: UUID, asked: CommandAsked, body: Changing, parts: Parts) -> Response:
    """改地址或类型；未给出的不变。 Another address or other types; what is left out stays.

    What waits goes to the new address; types count for what happens from now on.
    """
    return receipt_answer(await handling.change(parts, asked, webhook_id, body))


@router.post(
    "/webhooks/{webhook_id}/rotate-secret",
    summary="更换密钥 Rotate the secret",
    responses=problems(*_COMMANDING, "webhook_secret_shown_once", "webhook_secret_rotated_just_now"),
)
async def rotate_webhook_secret(webhook_id: UUID, asked: CommandAsked, _body: Nothing, parts: Parts) -> b.WebhookSecret:
    """二十四小时内新旧密钥同时签名。 For 24 hours every message carries a signature by either secret."""
    return await handling.rotate(parts, asked, webhook_id)


@router.post(
    "/webhooks/{webhook_id}/pause",
    response_model=Receipt,
    summary="暂停 Pause a webhook",
    responses=problems(*_COMMANDING, "webhook_not_active"),
)
async def pause_webhook(webhook_id: UUID, asked: CommandAsked, body: Why, parts: Parts) -> Response:
    """暂停期间的消息保留三天。 What happens meanwhile is kept for three days."""
    return receipt_answer(
        await handling.administer(parts, asked, webhook_id, PauseWebhook(**asked.fields, reason=body.reason))
    )


@router.post(
    "/webhooks/{webhook_id}/resume",
    response_model=Receipt,
    summary="恢复 Resume a webhook",
    responses=problems(*_COMMANDING, "webhook_active"),
)
async def resume_webhook(webhook_id: UUID, asked: CommandAsked, body: Why, parts: Parts) -> Response:
    """恢复后先补发保留的消息。 Also after a 410; what was kept goes first."""
    return receipt_answer(
        await handling.administer(parts, asked, webhook_id, ResumeWebhook(**asked.fields, reason=body.reason))
    )


@router.post(
    "/webhooks/{webhook_id}/retire",
    response_model=Receipt,
    summary="注销 Retire a webhook",
    responses=problems(*_COMMANDING),
)
async def retire_webhook(webhook_id: UUID, asked: CommandAsked, body: Why, parts: Parts) -> Response:
    """未送达的消息放弃，地址与密钥删除，投递记录保留。 What waits is dropped, address and secrets are deleted."""
    return receipt_answer(await handling.retire(parts, asked, webhook_id, body.reason))


@router.post(
    "/webhooks/{webhook_id}/test",
    response_model=Receipt,
    summary="测试 Test a webhook",
    responses=problems(*_COMMANDING, "webhook_not_active"),
)
async def send_test_message(webhook_id: UUID, asked: CommandAsked, _body: Nothing, parts: Parts) -> Response:
    """发一条 `duban.webhook.ping.v1`；结果见投递记录。 Sends a ping; its delivery shows what came of it."""
    return receipt_answer(await handling.test(parts, asked, webhook_id))


@router.get("/webhooks/{webhook_id}/deliveries", summary="投递记录 List deliveries", responses=problems(*_READING))
async def list_deliveries(
    webhook_id: UUID,
    caller: CurrentPrincipal,
    parts: Parts,
    language: AskedLanguage,
    state: Annotated[DeliveryState | None, Query(description="只看这种状态。 Only in this state.")] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="上一页的 next_after。 Of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数。 Lines a page.")] = 100,
) -> b.DeliveryPage:
    """`state=dead` 为未能送达的消息。 `state=dead` lists what was given up."""
    queries = WebhookQueries(parts.pool)
    await visible(queries, caller, webhook_id)
    found = await queries.deliveries(webhook_id, state, after, limit + 1)
    return b.DeliveryPage(
        deliveries=[delivery_view(record, language) for record in found[:limit]],
        next_after=found[limit - 1].delivery_id if len(found) > limit else None,
    )


@router.get(
    "/webhooks/{webhook_id}/deliveries/{delivery}",
    summary="查看投递 One delivery",
    responses=problems(*_READING, "no_such_delivery"),
)
async def read_delivery(
    webhook_id: UUID, delivery: Delivery, caller: CurrentPrincipal, parts: Parts, language: AskedLanguage
) -> b.DeliveryHistory:
    """消息原文与每次投递的结果。 The message itself and what came of every attempt."""
    queries = WebhookQueries(parts.pool)
    await visible(queries, caller, webhook_id)
    record = await queries.delivery(webhook_id, delivery)
    if record is None:
        raise NoSuchDelivery(delivery=delivery)
    return await delivery_history(queries, record, language)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery}/resend",
    response_model=Receipt,
    summary="重新投递 Resend a delivery",
    responses=problems(*_COMMANDING, "no_such_delivery", "delivery_not_dead"),
)
async def resend_delivery(
    webhook_id: UUID, delivery: Delivery, asked: CommandAsked, _body: Nothing, parts: Parts
) -> Response:
    """再投递三天。 Tried for another three days, before later messages about the same item."""
    return receipt_answer(await handling.resend(parts, asked, webhook_id, delivery))


@router.post(
    "/webhooks/{webhook_id}/resend-dead",
    response_model=Receipt,
    summary="全部重新投递 Resend all dead deliveries",
    responses=problems(*_COMMANDING),
)
async def resend_dead_deliveries(webhook_id: UUID, asked: CommandAsked, _body: Nothing, parts: Parts) -> Response:
    """该回调所有未能送达的消息。 Everything this webhook was not told."""
    return receipt_answer(await handling.resend(parts, asked, webhook_id, None))
