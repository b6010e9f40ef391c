"""What the gateway adds to commands about webhooks: addresses that are checked, secrets shown once, what is resent."""

import asyncio
import hashlib
import secrets
from uuid import UUID

import httpx
from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel

from domain.actor import Role
from domain.decider import Command
from domain.errors import Invalid, Rejection
from domain.principal.state import Principal
from domain.webhook import commands as c
from domain.webhook.decisions import SECRETS_OVERLAP, DeliveryNotDead, NoSuchDelivery, may
from domain.webhook.outcomes import PING
from services.gateway.dependencies import Asked
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.webhook_bodies import WebhookBody, WebhookChangeBody, WebhookSecret
from services.gateway.wiring import Gateway
from services.handling.aggregates import WEBHOOK
from services.handling.command_handler import Alongside, Wish
from services.handling.receipts import Receipt
from services.outcomes.message import TRIED_FOR, ping
from services.outcomes.signing import SECRET_BYTES, secret_text
from services.outgoing.client import outgoing_guard
from services.outgoing.guard import AddressRefusedError
from services.store.principals import PrincipalStore
from services.store.webhooks import NewDelivery, WebhookStore

MOST_WEBHOOKS = 10
_RESOLVE_SECONDS = 5.0


class WebhookAddressRefused(Invalid):
    """The address leads where nothing may be sent, or nowhere."""

    code = "webhook_address_refused"


class WebhookWithoutSystem(Invalid):
    """Webhooks belong to back-office systems that may act."""

    code = "webhook_without_system"


class TooManyWebhooks(Rejection):
    """The back-office system has as many as one may have."""

    code = "too_many_webhooks"


class WebhookSecretShownOnce(Rejection):
    """The secret made under this idempotency key was shown in the first answer alone."""

    code = "webhook_secret_shown_once"


async def register(parts: Gateway, asked: Asked, body: WebhookBody) -> WebhookSecret:
    """Register a webhook; its secret is in this answer and in no other."""
    webhook_id, secret = WEBHOOK.stream(asked.command_id), secrets.token_bytes(SECRET_BYTES)
    host = await _checked_host(parts, asked, c.RegisterWebhook, body.url)
    shown: list[bytes] = []

    async def alongside(connection: PoolConnectionProxy) -> None:
        store = WebhookStore(connection)
        await _require_system(connection, body.principal)
        # Counted with this one, whose state is written already.
        if await store.registered_for(body.principal) > MOST_WEBHOOKS:
            raise TooManyWebhooks(most=MOST_WEBHOOKS)
        await store.add(webhook_id, body.url, secret, asked.at)
        shown.append(secret)

    command = c.RegisterWebhook(
        **asked.fields, webhook_id=webhook_id, principal=body.principal, host=host, types=body.types
    )
    receipt = await _handle(parts, asked, webhook_id, command, alongside, request=body)
    if not shown:
        raise WebhookSecretShownOnce
    return WebhookSecret(id=webhook_id, secret=secret_text(secret), previous_until=None, receipt=receipt)


async def change(parts: Gateway, asked: Asked, webhook_id: UUID, body: WebhookChangeBody) -> Receipt:
    """Send elsewhere, or other types; what the body leaves out stays."""
    host = None if body.url is None else await _checked_host(parts, asked, c.ChangeWebhook, body.url)

    async def alongside(connection: PoolConnectionProxy) -> None:
        if body.url is not None:
            await WebhookStore(connection).move(webhook_id, body.url)

    command = c.ChangeWebhook(**asked.fields, host=host, types=body.types, reason=body.reason)
    return await _handle(parts, asked, webhook_id, command, alongside, request=body)


async def rotate(parts: Gateway, asked: Asked, webhook_id: UUID) -> WebhookSecret:
    """Sign with a new secret, and for a day with the one before too."""
    secret, previous_until = secrets.token_bytes(SECRET_BYTES), asked.at + SECRETS_OVERLAP
    shown: list[bytes] = []

    async def alongside(connection: PoolConnectionProxy) -> None:
        await WebhookStore(connection).rotate(webhook_id, secret, asked.at, previous_until)
        shown.append(secret)

    receipt = await _handle(parts, asked, webhook_id, c.RotateWebhookSecret(**asked.fields), alongside)
    if not shown:
        raise WebhookSecretShownOnce
    return WebhookSecret(id=webhook_id, secret=secret_text(secret), previous_until=previous_until, receipt=receipt)


async def administer(parts: Gateway, asked: Asked, webhook_id: UUID, command: Command) -> Receipt:
    """Carry out any other command."""
    return await _handle(parts, asked, webhook_id, command)


async def retire(parts: Gateway, asked: Asked, webhook_id: UUID, reason: str) -> Receipt:
    """End it: what waits is dropped, address and secrets are forgotten."""

    async def alongside(connection: PoolConnectionProxy) -> None:
        await WebhookStore(connection).forget(webhook_id, asked.at)

    return await _handle(parts, asked, webhook_id, c.RetireWebhook(**asked.fields, reason=reason), alongside)


async def test(parts: Gateway, asked: Asked, webhook_id: UUID) -> Receipt:
    """Put a message on the way that says nothing."""
    event_id = WEBHOOK.stream(f"ping\n{asked.command_id}")

    async def alongside(connection: PoolConnectionProxy) -> None:
        message = NewDelivery(
            webhook_id=webhook_id,
            lane=event_id,
            event_id=event_id,
            type=PING,
            subject=str(webhook_id),
            body=ping(event_id, webhook_id, asked.at),
        )
        await WebhookStore(connection).put([message], asked.at, asked.at + TRIED_FOR)

    return await _handle(parts, asked, webhook_id, c.PingWebhook(**asked.fields), alongside)


async def resend(parts: Gateway, asked: Asked, webhook_id: UUID, delivery_id: int | None) -> Receipt:
    """Try once more what was given up: one delivery, or all of them."""

    async def alongside(connection: PoolConnectionProxy) -> None:
        store = WebhookStore(connection)
        if delivery_id is not None:
            state = await store.delivery_state(webhook_id, delivery_id)
            if state is None:
                raise NoSuchDelivery(delivery=delivery_id)
            if state != "dead":
                raise DeliveryNotDead(delivery_state=state)
        await store.resend(webhook_id, delivery_id, asked.at, asked.at + TRIED_FOR)

    return await _handle(parts, asked, webhook_id, c.ResendDeliveries(**asked.fields, delivery=delivery_id), alongside)


async def _checked_host(parts: Gateway, asked: Asked, command: type[c.WebhookCommand], url: str) -> str:
    """The host behind an address that may be reached now; it is checked again before every message.

    Looked up for those alone who may have it reached: whoever may not would make us ask about any name they like.
    """
    governs_everywhere(asked.caller)
    may(asked.caller.standing.role, command)
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            await outgoing_guard(parts.settings).addresses(url)
    except AddressRefusedError as refused:
        raise WebhookAddressRefused(host=refused.host or "—", address_fault=refused.reason) from None
    except TimeoutError:
        raise WebhookAddressRefused(host=httpx.URL(url).host, address_fault="unresolved") from None
    return httpx.URL(url).host


async def _require_system(connection: PoolConnectionProxy, principal_id: UUID) -> None:
    record = await PrincipalStore(connection).principal(principal_id)
    principal = None if record is None else Principal.model_validate_json(record.state)
    if principal is None or not principal.active or principal.standing.role is not Role.SYSTEM:
        raise WebhookWithoutSystem(principal=str(principal_id))


async def _handle(
    parts: Gateway,
    asked: Asked,
    webhook_id: UUID,
    command: Command,
    alongside: Alongside | None = None,
    *,
    request: BaseModel | None = None,
) -> Receipt:
    governs_everywhere(asked.caller)
    return await parts.handler.handle(
        Wish(
            WEBHOOK,
            webhook_id,
            command,
            expected_version=asked.expected_version,
            request_sha256=_digest(webhook_id, request),
            beforehand=still_in_office(asked.caller),
            alongside=alongside,
        )
    )


def _digest(webhook_id: UUID, request: BaseModel | None) -> bytes | None:
    """What makes this request differ from another, the address included, of which the command holds the host alone."""
    if request is None:
        return None
    return hashlib.sha256(f"{type(request).__name__} {webhook_id} {request.model_dump_json()}".encode()).digest()
