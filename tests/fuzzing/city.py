"""A city in which there is one of everything in every step, once in one's own scope and once in somebody else's."""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from unittest.mock import patch

import httpx

from services.embedded.databases import DatabaseAddresses
from services.outgoing.addresses import Address
from services.outgoing.client import outgoing_guard
from services.store.pools import open_pool
from tests.fuzzing.callers import CALLERS
from tests.fuzzing.undoing import UndoingPool
from tests.services.campaign_city import CampaignTown, campaign_town


@dataclass
class Side:
    """What lies within the scope of those bound to it, and the ids of everything there is."""

    unit: str
    area: str
    community: str
    second_community: str
    unit_below: str
    handler: str
    system: str
    source: str
    now: str = ""
    ids: dict[str, str] = field(default_factory=dict[str, str])


class FuzzedCity(CampaignTown):
    """The town, its two sides, and requests that leave no trace."""

    pool: UndoingPool
    own: Side
    foreign: Side
    client: httpx.AsyncClient
    asked: int = 0

    async def inbox_of(self, who: str) -> list[dict[str, Any]]:
        return (await self.get(who, "/v1/notices")).json()["notices"]

    async def did(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """What has to work; its answer's JSON."""
        self.asked += 1
        headers = {"Idempotency-Key": f"asked-{self.asked}"}
        answer = await self.ask(who, method, path, json=body, headers=headers)
        assert answer.is_success, f"{who} {method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Whatever happens meanwhile has not happened afterwards, and nobody remembers it."""
        async with self.pool.undone():
            yield
        parts = self.city.parts
        parts.authenticator.forget()
        parts.rulebooks._fingerprint = -1
        parts.rulebooks._looked_at = float("-inf")

    async def tried(
        self, who: str | None, method: str, path: str, *, before: Iterable[Any] = (), **request: Any
    ) -> httpx.Response:
        """Ask, after what others did ``before``, and undo it all."""
        headers = {"Idempotency-Key": "tried", **request.pop("headers", {})}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.city.keys[who]}"
        async with self.undone():
            for step in before:
                await self.did(step.who, "POST", step.path, step.body)
            return await self.client.request(method, path, headers=headers, **request)


async def _nobody_is_asked(host: str, _port: int) -> list[Address]:
    if host != "127.0.0.1":
        raise OSError("no names are looked up here")
    return [ip_address(host)]


@asynccontextmanager
async def bare_city(database: DatabaseAddresses) -> AsyncIterator[FuzzedCity]:
    """The town with two sides and all callers, and nothing that happened yet; it looks up no names."""
    pools: list[UndoingPool] = []

    async def opened(*arguments: Any, **named: Any) -> UndoingPool:
        pools.append(UndoingPool(await open_pool(*arguments, **named)))
        return pools[-1]

    with (
        patch.dict(os.environ, DUBAN_ALLOWED_NETWORKS="127.0.0.0/8"),
        patch("services.gateway.wiring.open_pool", opened),
        patch.dict(outgoing_guard.__kwdefaults__, resolve=_nobody_is_asked),
    ):
        async with campaign_town(database) as town:
            place = FuzzedCity(town.city)
            place.pool = pools[0]
            place.client = httpx.AsyncClient(transport=httpx.ASGITransport(town.city.app), base_url="http://gateway")
            place.own = Side(
                "cleaning", "east", "east-a", "east-b", "cleaning-1", "cleaner", "hotline", "12345-hotline"
            )
            place.foreign = Side("parks", "west", "west-a", "west-b", "parks-1", "gardener", "app", "inspection-app")
            for caller in CALLERS:
                if caller.standing is not None and caller.name not in place.city.keys:
                    await place.city.admit(str(caller.name), caller.standing)
            yield place
