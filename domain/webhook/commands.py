"""What can be asked about a webhook: all of it by an administrator, but that a receiver is gone by our own sender."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.decider import Command, Reason
from domain.text import Line

Host = Annotated[Line, Field(min_length=1, max_length=260)]
OutcomeTypes = Annotated[tuple[Annotated[Line, Field(max_length=100)], ...], Field(max_length=100)]


class RegisterWebhook(Command):
    """Tell a back-office system what becomes of what it reports."""

    webhook_id: UUID
    principal: UUID
    host: Host
    types: OutcomeTypes = ()


class ChangeWebhook(Command):
    """Send elsewhere, or other types; what is None stays."""

    host: Host | None = None
    types: OutcomeTypes | None = None
    reason: Reason


class RotateWebhookSecret(Command):
    """Sign with a new secret."""


class PauseWebhook(Command):
    """Send nothing for a while."""

    reason: Reason


class ResumeWebhook(Command):
    """Send again."""

    reason: Reason


class DisableWebhook(Command):
    """Note that the receiver said it is gone, in answer to a delivery."""

    delivery: int


class RetireWebhook(Command):
    """Never send again."""

    reason: Reason


class PingWebhook(Command):
    """Send a message that says nothing."""


class ResendDeliveries(Command):
    """Try once more what could not be delivered: one delivery, or all of them."""

    delivery: int | None = None


WebhookCommand = (
    RegisterWebhook
    | ChangeWebhook
    | RotateWebhookSecret
    | PauseWebhook
    | ResumeWebhook
    | DisableWebhook
    | RetireWebhook
    | PingWebhook
    | ResendDeliveries
)
