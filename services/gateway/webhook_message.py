"""Describes the messages that go out to receivers, for the OpenAPI document; nothing here is ever called."""

from typing import Annotated

from fastapi import APIRouter, Body, Header

from services.outcomes.message import Outcome

MESSAGES = APIRouter()


@MESSAGES.post(
    "outcome",
    status_code=204,
    summary="办理进展 What became of a report",
    tags=["回调 webhooks"],
    operation_id="receive_outcome",
    responses={
        410: {"description": "不再使用，停止告知 Gone: the webhook is disabled"},
        "default": {"description": "其他应答：三天内重试 Any other answer: tried again for three days"},
    },
)
async def receive_outcome(
    body: Annotated[Outcome, Body(media_type="application/cloudevents+json")],
    webhook_id: Annotated[str, Header(description="重试不变。 The same in every attempt.")],
    webhook_timestamp: Annotated[int, Header(description="本次发送的时间（秒）。 Of this attempt, in seconds.")],
    webhook_signature: Annotated[str, Header(description="Standard Webhooks: v1,…")],
) -> None:
    """发往回调地址的消息（CloudEvents 1.0，Standard Webhooks 签名）。 Sent to a webhook's address; answer 2xx."""
