"""What can happen to a webhook. Its address and its secrets stand in no event: the address may carry a token."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.decider import Event


class WebhookRegistered(Event):
    """The outcomes of what ``principal`` reports go to ``host`` from now on; no ``types`` means all of them."""

    type: Literal["webhook.registered.v1"] = "webhook.registered.v1"
    webhook_id: UUID
    principal: UUID
    host: str
    types: tuple[str, ...] = ()


class WebhookChanged(Event):
    """Another address, or other types."""

    type: Literal["webhook.changed.v1"] = "webhook.changed.v1"
    host: str
    types: tuple[str, ...] = ()
    reason: str


class WebhookSecretRotated(Event):
    """A new secret signs from now on, and the one before beside it until ``previous_until``."""

    type: Literal["webhook.secret_rotated.v1"] = "webhook.secret_rotated.v1"
    previous_until: datetime


class WebhookPaused(Event):
    """Nothing is sent until it is resumed; what happens meanwhile is kept."""

    type: Literal["webhook.paused.v1"] = "webhook.paused.v1"
    reason: str


class WebhookResumed(Event):
    """Sent again, beginning with what was kept."""

    type: Literal["webhook.resumed.v1"] = "webhook.resumed.v1"
    reason: str


class WebhookDisabled(Event):
    """The receiver itself said that it is gone for good (HTTP 410): nothing is sent until somebody resumes it."""

    type: Literal["webhook.disabled.v1"] = "webhook.disabled.v1"
    delivery: int


class WebhookRetired(Event):
    """Over: nothing is sent or kept any more."""

    type: Literal["webhook.retired.v1"] = "webhook.retired.v1"
    reason: str


class WebhookTested(Event):
    """A message that says nothing was put on the way, to see whether it arrives."""

    type: Literal["webhook.tested.v1"] = "webhook.tested.v1"


class DeliveriesResent(Event):
    """What could not be delivered was put on the way again: one ``delivery``, or all of them."""

    type: Literal["webhook.deliveries_resent.v1"] = "webhook.deliveries_resent.v1"
    delivery: int | None = None


WebhookEvent = (
    WebhookRegistered
    | WebhookChanged
    | WebhookSecretRotated
    | WebhookPaused
    | WebhookResumed
    | WebhookDisabled
    | WebhookRetired
    | WebhookTested
    | DeliveriesResent
)
WEBHOOK_EVENTS: TypeAdapter[WebhookEvent] = TypeAdapter(Annotated[WebhookEvent, Field(discriminator="type")])
