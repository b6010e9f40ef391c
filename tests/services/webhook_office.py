"""A small city whose hotline is told of outcomes: log, reader and sender in the test's hand, and its clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4, uuid5

import asyncpg
import httpx
import orjson
from standardwebhooks import Webhook as Verifier

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import PRINCIPAL
from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.outgoing.client import Bounds, outgoing_client
from services.store.event_store import EventStore
from services.store.pools import prepare
from services.store.webhook_reading import WebhookLog
from services.store.webhook_sending import WebhookOutbox
from services.store.webhooks import WebhookStore
from services.webhooks.reader import WebhookReader
from services.webhooks.sender import WebhookSender
from tests.services.fake_receiver import LOCAL, PATIENT, Received
from tests.services.gateway_samples import City, issue_data, issue_event, small_city


def principal(name: str) -> str:
    return str(uuid5(PRINCIPAL.stream("test"), name))


def verified(received: Received, secret: str, at: datetime) -> dict[str, Any]:
    """The message, as the receiver's own library takes it at an instant."""

    class Now(datetime):
        @classmethod
        def now(cls, tz=None):
            return at.astimezone(tz)

    with patch("standardwebhooks.webhooks.datetime", Now):
        return Verifier(secret).verify(received.body, received.headers)


@dataclass
class Office:
    city: City
    reader: WebhookReader
    sender: WebhookSender
    sequencer: asyncpg.Connection

    async def ask(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        async with self.city.client(who) as client:
            return await client.request(method, path, **request)

    async def post(self, path: str, body: Any = None, *, who: str = "administrator", key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self.ask(who, "POST", path, json=body, headers=headers)

    async def get(self, path: str, *, who: str = "administrator", **parameters: Any) -> Any:
        answer = await self.ask(who, "GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def does(self, path: str, body: Any = None, *, who: str = "administrator") -> Any:
        answer = await self.post(path, body, who=who)
        assert answer.is_success, answer.text
        return answer.json()

    async def webhook(self, url: str, *, of: str = "hotline", types: tuple[str, ...] = ()) -> tuple[str, str]:
        """Register one and read the log that far; its id and its secret."""
        found = await self.does("/v1/webhooks", {"principal": principal(of), "url": url, "types": list(types)})
        await self.read()
        return found["id"], found["secret"]

    async def report(self, number: int = 1, *, who: str = "hotline", source: str = "12345-hotline", **data: Any) -> str:
        event = issue_event(number, source=source, data=issue_data(**data))
        media = {"Content-Type": "application/cloudevents+json"}
        answer = await self.ask(who, "POST", "/v1/events", content=orjson.dumps(event), headers=media)
        assert answer.is_success, answer.text
        return answer.json()["id"]

    async def read(self) -> None:
        """Put on the way whatever happened."""
        await self.sequencer.fetchval("SELECT es.sequence_tick()")
        while await self.reader.step(self.city.clock(), 100):
            pass

    async def go(self) -> None:
        """Put on the way whatever happened, and send what is due."""
        await self.read()
        await self.sender.settle()

    async def pass_by(self, time: timedelta) -> None:
        """Let time pass, and send what is due then."""
        self.city.clock.pass_by(time)
        await self.sender.settle()

    async def deliveries(self, webhook: str, **parameters: Any) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/webhooks/{webhook}/deliveries", **parameters))["deliveries"]

    async def tries(self, webhook: str, delivery: int) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/webhooks/{webhook}/deliveries/{delivery}"))["tries"]


@asynccontextmanager
async def webhook_office(
    database: DatabaseAddresses, *, bounds: Bounds = PATIENT, networks: str = LOCAL
) -> AsyncIterator[Office]:
    async with small_city(database, allowed_networks=networks) as city:
        await city.admit("cleaner", Standing(role=Role.HANDLER, unit="cleaning"))
        connection = await asyncpg.connect(database.app)
        sequencer = await asyncpg.connect(database.sequencer)
        async with outgoing_client(city.parts.settings, bounds=bounds) as client:
            await prepare(connection)
            log = WebhookLog(connection)
            assert await log.begin()
            rulebooks = RulebookSource(city.parts.pool)
            sender = WebhookSender(
                WebhookOutbox(city.parts.pool),
                client,
                CommandHandler(EventStore(city.parts.pool), rulebooks),
                now=city.clock,
                lot=lambda: 0.5,
            )
            yield Office(city, WebhookReader(log, WebhookStore(connection), rulebooks), sender, sequencer)
            await sender.stop()
        await connection.close()
        await sequencer.close()


def messages(received: list[Received]) -> list[dict[str, Any]]:
    return [orjson.loads(each.body) for each in received]


def item_of(message: dict[str, Any]) -> UUID:
    return UUID(message["data"]["item"])
