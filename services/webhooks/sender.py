"""Sends what is due: of each item in order, to each receiver a few at a time, and what fails again later."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import structlog

from domain.actor import Actor, Role
from domain.errors import Rejection
from domain.webhook.commands import DisableWebhook
from services.handling.aggregates import WEBHOOK
from services.handling.command_handler import CommandHandler, Wish
from services.outcomes.message import CONTENT_TYPE
from services.outcomes.signing import signed_headers
from services.outgoing.client import AnswerTooLongError
from services.outgoing.guard import AddressRefusedError
from services.store.webhook_sending import Attempt, Receiver, Waiting, WebhookOutbox
from services.webhooks.patience import Circuit, asked_for, pause_after

SENDER = Actor(principal="service:webhooks", role=Role.SYSTEM)
GRACE = timedelta(hours=1)
_KEPT_BYTES = 500
_GONE = 410
_log = structlog.stdlib.get_logger(__name__)


class WebhookSender:
    """Knows what is on the way and how receivers do; all else stands in the database, so it may be killed any time."""

    def __init__(
        self,
        outbox: WebhookOutbox,
        client: httpx.AsyncClient,
        handler: CommandHandler,
        *,
        now: Callable[[], datetime],
        lot: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._handler = handler
        self._now = now
        self._lot = lot
        self._under_way: dict[asyncio.Task[None], tuple[UUID, UUID]] = {}
        self._circuits: dict[UUID, Circuit] = {}

    async def begin(self) -> None:
        """Before the first round: what would have died while nobody sent gets another hour."""
        await self._outbox.grant_grace(self._now(), GRACE)

    async def start_due(self) -> int:
        """Put on the way whatever may go now, and return how much that was; raises what a task failed with."""
        self._raise_failures()
        at = self._now()
        await self._outbox.give_up(at, GRACE)
        started = 0
        for receiver in await self._outbox.receivers():
            for waiting in await self._ready(receiver, at):
                task = asyncio.create_task(self._send(receiver, waiting))
                self._under_way[task] = (receiver.webhook_id, waiting.lane)
                started += 1
        return started

    async def rest(self, seconds: float) -> None:
        """Wait until something on the way is through, or for so many seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def settle(self) -> None:
        """Send until nothing is due and nothing on the way."""
        while await self.start_due() or self._under_way:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Leave off what is on the way; it goes again, under the same id, from whoever sends next."""
        tasks = list(self._under_way)
        self._under_way.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ready(self, receiver: Receiver, at: datetime) -> list[Waiting]:
        busy = [lane for webhook_id, lane in self._under_way.values() if webhook_id == receiver.webhook_id]
        circuit = self._circuits.setdefault(receiver.webhook_id, Circuit())
        room = circuit.room(at, len(busy))
        if not room:
            return []
        if circuit.open:
            return await self._outbox.probe(receiver.webhook_id)
        return await self._outbox.due(receiver.webhook_id, busy, at, room)

    async def _send(self, receiver: Receiver, waiting: Waiting) -> None:
        attempt, retry_after = await self._attempt(receiver, waiting)
        circuit = self._circuits.setdefault(receiver.webhook_id, Circuit())
        at = self._now()
        asked = asked_for(retry_after, at)
        pause = max(pause_after(waiting.attempts + 1, self._lot()), asked or timedelta(0))
        await self._outbox.record(waiting.delivery_id, attempt, at + pause)
        if attempt.error is None:
            if circuit.succeeded():
                await self._outbox.hurry(receiver.webhook_id, at)
            return
        circuit.failed(at, asked)
        await _log.ainfo("webhook failed", webhook=str(receiver.webhook_id), error=attempt.error, status=attempt.status)
        if attempt.status == _GONE:
            await self._disable(receiver.webhook_id, waiting, at)

    async def _attempt(self, receiver: Receiver, waiting: Waiting) -> tuple[Attempt, str | None]:
        at, started = self._now(), time.monotonic()
        secrets = await self._outbox.secrets(receiver.webhook_id, at)
        headers = signed_headers(waiting.event_id, at, waiting.body, secrets)
        status, error, answer, retry_after = None, None, b"", None
        try:
            response = await self._client.post(
                receiver.url, content=waiting.body, headers={"Content-Type": CONTENT_TYPE, **headers}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = _error_of(failure)
        else:
            status, answer = response.status_code, response.content[:_KEPT_BYTES]
            error = None if response.is_success else ("redirect" if response.is_redirect else "status")
            retry_after = response.headers.get("retry-after")
        took_ms = round((time.monotonic() - started) * 1000)
        return Attempt(at, took_ms, status, error, answer), retry_after

    async def _disable(self, webhook_id: UUID, waiting: Waiting, at: datetime) -> None:
        key = f"webhook gone:{waiting.delivery_id}:{waiting.attempts}"
        command = DisableWebhook(command_id=key, at=at, actor=SENDER, delivery=waiting.delivery_id)
        with contextlib.suppress(Rejection):  # paused or retired meanwhile: nothing is sent either way
            await self._handler.handle(Wish(WEBHOOK, webhook_id, command))

    def _raise_failures(self) -> None:
        """Clear away what is through; what could not even be recorded is an outage or a bug, and raised."""
        for task in [task for task in self._under_way if task.done()]:
            del self._under_way[task]
            task.result()


def _error_of(failure: Exception) -> str:
    match failure:
        case AddressRefusedError():
            return f"address_{failure.reason}"
        case AnswerTooLongError():
            return "answer_too_long"
        case httpx.TimeoutException():
            return "timeout"
        case httpx.NetworkError():
            return "unreachable"
        case _:
            return "not_http"
