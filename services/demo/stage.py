"""Sets the stage: a running stack with the sample city in it, and everybody who plays equipped with a key."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import httpx

from services import demo
from services.city.loader import load
from services.demo.cast import DEPUTY, HANDLERS, HOTLINE, INSPECTORS, LEADER, OFFICE, Part
from services.demo.client import Client, Journal
from services.demo.errors import DataFolderUsedError
from services.embedded.checks import PortTakenError, free_ports, require_free_ports
from services.embedded.stack import Stack
from services.gateway.administrator import ensure_administrator
from services.settings import Settings
from services.store.migrate import migrate
from workflows.search_attributes import SEARCH_ATTRIBUTES

_REQUEST_SECONDS = 10.0
_PORTS = ("gateway_port", "temporal_port", "temporal_http_port", "temporal_metrics_port", "temporal_ui_port")


@dataclass(frozen=True, slots=True)
class Stage:
    """The running stack and a client for everybody in the play."""

    stack: Stack
    settings: Settings
    journal: Journal
    clients: dict[str, Client]
    persons: dict[str, str]

    def client(self, part: Part) -> Client:
        """The client of a part."""
        return self.clients[part.name]

    def person(self, part: Part) -> str:
        """The principal's id of a part."""
        return self.persons[part.name]


def with_free_ports(settings: Settings) -> Settings:
    """The settings as they are where their ports are free, else with ports that nobody uses."""
    try:
        require_free_ports(settings.gateway_host, *(getattr(settings, name) for name in _PORTS))
    except PortTakenError:
        return settings.model_copy(update=dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True)))
    return settings


@asynccontextmanager
async def set_stage(settings: Settings, *, durable: bool = True) -> AsyncGenerator[Stage]:
    """Start everything on the data folder, load the city, register everybody; stop everything at the end."""
    keys: list[str] = []

    async def prepare(dsn: str) -> None:
        await migrate(dsn)
        key = await ensure_administrator(settings)
        if key is None:
            raise DataFolderUsedError(settings.layout.root)
        keys.append(key)
        with as_file(files(demo).joinpath("city.yaml")) as city:
            await load(settings, city, principal="service:demo")

    async with Stack(settings, migrate=prepare, search_attributes=SEARCH_ATTRIBUTES, durable=durable) as stack:
        address = f"http://{settings.gateway_host}:{settings.gateway_port}"
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        async with httpx.AsyncClient(base_url=address, timeout=_REQUEST_SECONDS, limits=limits) as http:
            journal = Journal()
            administrator = Client(http, keys[0], journal)
            parts = [HOTLINE, OFFICE, LEADER, DEPUTY, *INSPECTORS, *HANDLERS.values()]
            made = await asyncio.gather(*(_register(administrator, part) for part in parts))
            clients = {part.name: Client(http, key, journal) for part, (_, key) in zip(parts, made, strict=True)}
            persons = {part.name: principal for part, (principal, _) in zip(parts, made, strict=True)}
            yield Stage(stack, settings, journal, clients, persons)


async def _register(administrator: Client, part: Part) -> tuple[str, str]:
    body: dict[str, Any] = {"role": part.role, "name": part.name}
    body |= {"unit": part.unit} if part.unit else {}
    body |= {"sources": list(part.sources)} if part.sources else {}
    name = part.unit or f"{part.role}-{len(part.name)}-{part.name.encode().hex()[-8:]}"
    answer = await administrator.send(
        "POST", "/v1/principals", json=body, headers={"Idempotency-Key": f"demo-principal-{name}"}
    )
    principal = answer.json()["id"]
    issued = await administrator.send(
        "POST", f"/v1/principals/{principal}/keys", headers={"Idempotency-Key": f"demo-key-{name}"}
    )
    return principal, issued.json()["key"]
