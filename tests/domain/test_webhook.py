"""Webhooks: what each command leads to, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import Actor, Role
from domain.errors import Forbidden, Rejection
from domain.item.events import ItemEvent
from domain.rulebook.rulebook import Rulebook
from domain.webhook import commands as c
from domain.webhook.decisions import (
    SECRETS_OVERLAP,
    NoSuchWebhook,
    SecretRotatedJustNow,
    UnknownOutcome,
    WebhookActive,
    WebhookAlreadyRegistered,
    WebhookNotActive,
    decide,
    evolve,
)
from domain.webhook.outcomes import OUTCOMES, PING
from domain.webhook.state import Webhook

AT = datetime(2026, 11, 20, tzinfo=UTC)
ID = UUID(int=1)
CLOSED = "duban.item.closed.v1"


def asked(kind: type[c.WebhookCommand], *, by: Role = Role.ADMINISTRATOR, at: datetime = AT, **fields: Any) -> Any:
    return kind(command_id="c", at=at, actor=Actor(principal="a", role=by), **fields)


def after(*commands: c.WebhookCommand) -> Webhook | None:
    state: Webhook | None = None
    for command in commands:
        for event in decide(command, state, Rulebook()):
            state = evolve(state, event)
    return state


REGISTER = asked(c.RegisterWebhook, webhook_id=ID, principal=UUID(int=2), host="hooks.example", types=(CLOSED, CLOSED))
PAUSE = asked(c.PauseWebhook, reason="停机")
RESUME = asked(c.ResumeWebhook, reason="恢复")
GONE = asked(c.DisableWebhook, by=Role.SYSTEM, delivery=7)
RETIRE = asked(c.RetireWebhook, reason="下线")
ROTATE = asked(c.RotateWebhookSecret)
TEST = asked(c.PingWebhook)
RESEND = asked(c.ResendDeliveries, delivery=7)


def test_a_webhook_is_active_from_its_registration() -> None:
    assert after(REGISTER) == Webhook(
        webhook_id=ID, principal=UUID(int=2), host="hooks.example", types=(CLOSED,), registered_at=AT
    )


@pytest.mark.parametrize(
    ("commands", "status"),
    [
        ((REGISTER, PAUSE), "paused"),
        ((REGISTER, PAUSE, RESUME), "active"),
        ((REGISTER, GONE), "disabled"),
        ((REGISTER, GONE, RESUME), "active"),
        ((REGISTER, PAUSE, RETIRE), "retired"),
        ((REGISTER, TEST, RESEND), "active"),
        ((REGISTER, PAUSE, RESEND), "paused"),
    ],
)
def test_each_step_leads_where_it_says(commands: tuple[c.WebhookCommand, ...], status: str) -> None:
    webhook = after(*commands)
    assert webhook is not None
    assert webhook.status == status


def test_a_change_replaces_host_and_types() -> None:
    webhook = after(REGISTER, asked(c.ChangeWebhook, host="other.example", types=(), reason="搬迁"))
    assert webhook is not None
    assert (webhook.host, webhook.types) == ("other.example", ())
    assert after(REGISTER, asked(c.ChangeWebhook, reason="核对")) == after(REGISTER)


def test_the_secret_before_signs_for_a_day() -> None:
    webhook = after(REGISTER, ROTATE)
    assert webhook is not None
    assert webhook.previous_until == AT + SECRETS_OVERLAP == AT + timedelta(hours=24)
    assert after(REGISTER, ROTATE, asked(c.RotateWebhookSecret, at=AT + SECRETS_OVERLAP)) is not None


@pytest.mark.parametrize(
    ("commands", "rejection"),
    [
        ((REGISTER, REGISTER), WebhookAlreadyRegistered),
        ((PAUSE,), NoSuchWebhook),
        ((REGISTER, RETIRE, RESUME), NoSuchWebhook),
        ((REGISTER, RETIRE, RESEND), NoSuchWebhook),
        ((REGISTER, PAUSE, PAUSE), WebhookNotActive),
        ((REGISTER, PAUSE, GONE), WebhookNotActive),
        ((REGISTER, PAUSE, TEST), WebhookNotActive),
        ((REGISTER, RESUME), WebhookActive),
        ((REGISTER, ROTATE, ROTATE), SecretRotatedJustNow),
        ((asked(c.RegisterWebhook, webhook_id=ID, principal=ID, host="h", types=("x",)),), UnknownOutcome),
        ((REGISTER, asked(c.ChangeWebhook, host="h", types=(PING,), reason="r")), UnknownOutcome),
    ],
)
def test_what_is_out_of_turn_is_refused(commands: tuple[c.WebhookCommand, ...], rejection: type[Rejection]) -> None:
    *before, last = commands
    state = after(*before)
    with pytest.raises(rejection):
        decide(last, state, Rulebook())


@pytest.mark.parametrize("command", [REGISTER, PAUSE, RESUME, RETIRE, ROTATE, TEST, RESEND])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_look_after_webhooks(command: c.WebhookCommand, role: Role) -> None:
    other = command.model_copy(update={"actor": Actor(principal="a", role=role)})
    with pytest.raises(Forbidden):
        decide(other, after(REGISTER), Rulebook())


def test_only_the_sender_says_that_a_receiver_is_gone() -> None:
    with pytest.raises(Forbidden):
        decide(asked(c.DisableWebhook, delivery=7), after(REGISTER), Rulebook())


def test_without_types_everything_is_wanted() -> None:
    some, everything = after(REGISTER), after(REGISTER.model_copy(update={"types": ()}))
    assert some is not None
    assert everything is not None
    assert {name for name in OUTCOMES if some.wants(name)} == {CLOSED}
    assert all(everything.wants(name) for name in OUTCOMES)


def test_there_is_an_outcome_for_everything_that_can_happen_to_an_item() -> None:
    assert len(OUTCOMES) == len(ItemEvent.__args__)
    assert all(name.startswith("duban.item.") for name in OUTCOMES)
