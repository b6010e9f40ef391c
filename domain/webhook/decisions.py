"""What follows from a command about a webhook."""

from datetime import timedelta
from typing import assert_never

from domain.actor import Role
from domain.errors import Forbidden, Invalid, Rejection
from domain.rulebook.rulebook import Rulebook
from domain.webhook import commands as c
from domain.webhook import events as e
from domain.webhook.outcomes import OUTCOMES
from domain.webhook.state import Webhook

# Standard Webhooks: a message may carry several signatures, so that a receiver changes its secret when it has the time.
SECRETS_OVERLAP = timedelta(hours=24)


class NoSuchWebhook(Rejection):
    """There is no such webhook, or it is over."""

    code = "no_such_webhook"


class WebhookAlreadyRegistered(Rejection):
    """The webhook exists."""

    code = "webhook_already_registered"


class WebhookNotActive(Rejection):
    """It is paused, or disabled, already."""

    code = "webhook_not_active"


class WebhookActive(Rejection):
    """It sends; there is nothing to resume."""

    code = "webhook_active"


class NoSuchDelivery(Rejection):
    """The webhook has no such delivery."""

    code = "no_such_delivery"


class DeliveryNotDead(Rejection):
    """Only what was given up is sent again."""

    code = "delivery_not_dead"


class UnknownOutcome(Invalid):
    """No event goes out under this type."""

    code = "unknown_outcome"


class SecretRotatedJustNow(Rejection):
    """Two secrets are valid already; a third would have to end the first one early."""

    code = "webhook_secret_rotated_just_now"


def decide(  # noqa: C901, PLR0911, PLR0912 - one branch per command is the point
    command: c.WebhookCommand, state: Webhook | None, _rules: Rulebook
) -> tuple[e.WebhookEvent, ...]:
    """Turn a command about one webhook into events."""
    may(command.actor.role, type(command))
    at = command.at
    match command:
        case c.RegisterWebhook():
            if state is not None:
                raise WebhookAlreadyRegistered(webhook=str(state.webhook_id))
            return (
                e.WebhookRegistered(
                    occurred_at=at,
                    webhook_id=command.webhook_id,
                    principal=command.principal,
                    host=command.host,
                    types=_known(command.types),
                ),
            )
        case c.ChangeWebhook():
            webhook = _existing(state)
            host = webhook.host if command.host is None else command.host
            types = webhook.types if command.types is None else _known(command.types)
            return (e.WebhookChanged(occurred_at=at, host=host, types=types, reason=command.reason),)
        case c.RotateWebhookSecret():
            previous_until = _existing(state).previous_until
            if previous_until is not None and at < previous_until:
                raise SecretRotatedJustNow(until=previous_until.isoformat())
            return (e.WebhookSecretRotated(occurred_at=at, previous_until=at + SECRETS_OVERLAP),)
        case c.PauseWebhook():
            _active(state)
            return (e.WebhookPaused(occurred_at=at, reason=command.reason),)
        case c.ResumeWebhook():
            if _existing(state).status == "active":
                raise WebhookActive
            return (e.WebhookResumed(occurred_at=at, reason=command.reason),)
        case c.DisableWebhook():
            _active(state)
            return (e.WebhookDisabled(occurred_at=at, delivery=command.delivery),)
        case c.RetireWebhook():
            _existing(state)
            return (e.WebhookRetired(occurred_at=at, reason=command.reason),)
        case c.PingWebhook():
            _active(state)
            return (e.WebhookTested(occurred_at=at),)
        case c.ResendDeliveries():
            _existing(state)
            return (e.DeliveriesResent(occurred_at=at, delivery=command.delivery),)
        case _:
            assert_never(command)


def may(role: Role, command: type[c.WebhookCommand]) -> None:
    """Refuse a role that such a command is not for; whoever has to look something up for it asks before."""
    needed = Role.SYSTEM if issubclass(command, c.DisableWebhook) else Role.ADMINISTRATOR
    if role is not needed:
        raise Forbidden(role=role, command=command.__name__)


def evolve(  # noqa: PLR0911 - as decide
    state: Webhook | None, event: e.WebhookEvent
) -> Webhook:
    """Fold one event into a webhook."""
    match event:
        case e.WebhookRegistered():
            return Webhook(
                webhook_id=event.webhook_id,
                principal=event.principal,
                host=event.host,
                types=event.types,
                registered_at=event.occurred_at,
            )
        case e.WebhookChanged():
            return _existing(state).model_copy(update={"host": event.host, "types": event.types})
        case e.WebhookSecretRotated():
            return _existing(state).model_copy(update={"previous_until": event.previous_until})
        case e.WebhookPaused():
            return _existing(state).model_copy(update={"status": "paused"})
        case e.WebhookResumed():
            return _existing(state).model_copy(update={"status": "active"})
        case e.WebhookDisabled():
            return _existing(state).model_copy(update={"status": "disabled"})
        case e.WebhookRetired():
            return _existing(state).model_copy(update={"status": "retired"})
        case e.WebhookTested() | e.DeliveriesResent():
            return _existing(state)
        case _:
            assert_never(event)


def _known(types: tuple[str, ...]) -> tuple[str, ...]:
    for name in types:
        if name not in OUTCOMES:
            raise UnknownOutcome(type=name)
    return tuple(dict.fromkeys(types))


def _existing(state: Webhook | None) -> Webhook:
    if state is None or state.status == "retired":
        raise NoSuchWebhook
    return state


def _active(state: Webhook | None) -> None:
    if _existing(state).status != "active":
        raise WebhookNotActive(status=_existing(state).status)
