"""What is said and answered about webhooks. An address is shown up to its host: the rest of it may be a secret."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.decider import Reason
from domain.text import Line
from domain.webhook.commands import OutcomeTypes
from domain.webhook.state import WebhookStatus
from services.handling.receipts import Receipt
from services.store.webhooks import DeliveryState

_ID = "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"
_ORIGIN = "https://hooks.hotline.example.cn"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw…"  # noqa: S105 - an example
_CLOSED = "duban.item.closed.v1"
Url = Annotated[Line, Field(min_length=8, max_length=2000)]
_TYPES = Field(
    default=(),
    description="只告知这些类型；空则全部。 Only these types; none means all of them.",
    examples=[[_CLOSED, "duban.item.voided.v1"]],
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookBody(_Body):
    """Where a back-office system wants to be told."""

    principal: UUID = Field(description="业务系统的主体标识。 The back-office system's principal.")
    url: Url = Field(
        description="接收地址：https，公网。 Where to: https, a public address.", examples=[f"{_ORIGIN}/duban?token=…"]
    )
    types: OutcomeTypes = _TYPES


class WebhookChangeBody(_Body):
    """What is to change; what is left out stays as it is."""

    url: Url | None = None
    types: OutcomeTypes | None = None
    reason: Reason


class WebhookReasonBody(_Body):
    """Why."""

    reason: Reason


class WebhookEmptyBody(_Body):
    """Nothing to say."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class WebhookSecret(_View):
    """A secret, shown this once."""

    id: UUID = Field(examples=[_ID])
    secret: str = Field(description="签名密钥，仅显示这一次。 Shown this once.", examples=[_SECRET])
    previous_until: datetime | None = Field(
        description="原密钥到何时仍有效。 Until when the one before signs too.", examples=["2026-11-21T03:00:00Z"]
    )
    receipt: Receipt


class WebhookView(_View):
    """A webhook, and how it does."""

    id: UUID = Field(examples=[_ID])
    version: int = Field(examples=[1])
    principal: UUID
    origin: str = Field(description="地址（不含路径）。 The address without its path.", examples=[_ORIGIN])
    types: tuple[str, ...] = Field(examples=[[_CLOSED]])
    status: WebhookStatus
    status_text: str = Field(examples=["使用中"])
    registered_at: datetime
    previous_secret_until: datetime | None
    pending: int = Field(description="待投递。 Messages that wait.", examples=[0])
    dead: int = Field(description="未能送达。 Messages given up.", examples=[0])
    oldest_pending_at: datetime | None = Field(description="最早一条待投递的时间。 Since when the oldest waits.")


class WebhookPage(_View):
    """Webhooks in the order of their ids."""

    webhooks: list[WebhookView]
    next_after: UUID | None


class DeliveryView(_View):
    """A message for one webhook."""

    id: int = Field(examples=[1207])
    message: UUID = Field(description="webhook-id 请求头；重试不变。 The webhook-id; the same in every attempt.")
    type: str = Field(examples=[_CLOSED])
    item: str = Field(description="所涉事项。 The item it is about.", examples=[_ID])
    state: DeliveryState
    state_text: str = Field(examples=["未能送达"])
    attempts: int = Field(examples=[17])
    error: str | None = Field(description="上一次失败的原因。 Why the last attempt failed.", examples=["timeout"])
    created_at: datetime
    next_at: datetime | None = Field(description="下一次投递的时间。 When it is tried next.")
    given_up_at: datetime | None = Field(description="投递到何时为止。 Until when it is tried.")
    finished_at: datetime | None


class DeliveryPage(_View):
    """Deliveries, oldest first."""

    deliveries: list[DeliveryView]
    next_after: int | None


class AttemptView(_View):
    """One attempt, with the beginning of what was answered."""

    at: datetime
    took_ms: int = Field(examples=[84])
    status: int | None = Field(description="HTTP 状态。 HTTP status.", examples=[500])
    error: str | None = Field(examples=["status"])
    answer: str | None = Field(examples=["internal error"])


class DeliveryHistory(DeliveryView):
    """A delivery with the message itself and its newest attempts."""

    body: dict[str, Any] = Field(description="发出的 CloudEvent。 The CloudEvent as it is sent.")
    tries: list[AttemptView]
