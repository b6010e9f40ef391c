"""Webhooks and deliveries as they are shown: to administrators and auditors all, to a back-office system its own."""

from datetime import datetime
from uuid import UUID

import httpx
import orjson

from domain.actor import Role
from domain.errors import Forbidden
from domain.webhook.decisions import NoSuchWebhook
from domain.webhook.state import Webhook
from services.gateway.authentication import Caller
from services.gateway.governing import governs_everywhere
from services.gateway.webhook_bodies import AttemptView, DeliveryHistory, DeliveryView, WebhookView
from services.messages.catalogue import Language, word
from services.store.webhook_queries import AttemptRecord, DeliveryRecord, WebhookQueries, WebhookRecord

_ALL = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
MOST_ATTEMPTS = 100


def whose(caller: Caller) -> str | None:
    """Whose webhooks a caller may see: None for everybody's. Raises Forbidden, BoundToArea."""
    role = caller.actor.role
    if role in _ALL:
        governs_everywhere(caller)
        return None
    if role is Role.SYSTEM:
        return caller.principal_id
    raise Forbidden(role=role, command="ReadWebhooks")


async def visible(queries: WebhookQueries, caller: Caller, webhook_id: UUID) -> WebhookRecord:
    """One webhook, if the caller may see it; raises NoSuchWebhook."""
    record = await queries.webhook(whose(caller), webhook_id)
    if record is None:
        raise NoSuchWebhook
    return record


def webhook_view(record: WebhookRecord, at: datetime, language: Language) -> WebhookView:
    """A webhook."""
    webhook = Webhook.model_validate_json(record.state)
    until = webhook.previous_until
    return WebhookView(
        id=record.webhook_id,
        version=record.version,
        principal=webhook.principal,
        origin=_origin(record.url) if record.url else webhook.host,
        types=webhook.types,
        status=webhook.status,
        status_text=word("status", webhook.status, language),
        registered_at=webhook.registered_at,
        previous_secret_until=until if until is not None and at < until else None,
        pending=record.pending,
        dead=record.dead,
        oldest_pending_at=record.oldest_pending,
    )


def delivery_view(record: DeliveryRecord, language: Language) -> DeliveryView:
    """A delivery."""
    waits = record.state == "pending"
    return DeliveryView(
        id=record.delivery_id,
        message=record.event_id,
        type=record.type,
        item=record.subject,
        state=record.state,
        state_text=word("delivery_state", record.state, language),
        attempts=record.attempts,
        error=record.error,
        created_at=record.created_at,
        next_at=record.next_at if waits else None,
        given_up_at=record.expires_at if waits else None,
        finished_at=record.finished_at,
    )


async def delivery_history(queries: WebhookQueries, record: DeliveryRecord, language: Language) -> DeliveryHistory:
    """A delivery with its message and its newest attempts."""
    return DeliveryHistory(
        **delivery_view(record, language).model_dump(),
        body=orjson.loads(await queries.body(record.delivery_id)),
        tries=[_attempt(each) for each in await queries.attempts(record.delivery_id, MOST_ATTEMPTS)],
    )


def _attempt(record: AttemptRecord) -> AttemptView:
    answer = None if record.answer is None else record.answer.decode("utf-8", "replace")
    return AttemptView(
        at=record.at, took_ms=record.took_ms, status=record.status, error=record.error, answer=answer or None
    )


def _origin(url: str) -> str:
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
