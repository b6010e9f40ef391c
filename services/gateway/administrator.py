"""Gives a new installation its first administrator and the key to begin with."""

from datetime import datetime
from uuid import UUID

from domain.actor import Actor, Role
from domain.principal.commands import IssueApiKey, RegisterPrincipal
from domain.principal.state import Principal, Standing
from services.gateway.authentication import new_key
from services.gateway.wiring import Gateway, open_gateway
from services.handling.aggregates import PRINCIPAL
from services.handling.command_handler import Wish
from services.settings import Settings

FIRST_ADMINISTRATOR: UUID = PRINCIPAL.stream("first administrator")
_FOUNDER = Actor(principal="service:founding", role=Role.ADMINISTRATOR)


async def ensure_administrator(settings: Settings) -> str | None:
    """Register the first administrator and return its key; None where it exists already and has a key.

    Whatever was begun and never finished is finished: a key that nobody can have seen is replaced.
    """
    async with open_gateway(settings) as parts:
        found = await parts.store.state(FIRST_ADMINISTRATOR)
        if found is not None:
            principal = Principal.model_validate_json(found.state)
            if principal.keys or not principal.active:
                return None
        return await _found(parts, parts.now())


async def renew_administrator_key(settings: Settings) -> str:
    """Issue one more key for the first administrator, whose key was lost. Whoever can call this owns the database."""
    async with open_gateway(settings) as parts:
        return await _issue(parts, f"renew:{parts.now().isoformat()}", parts.now())


async def _found(parts: Gateway, at: datetime) -> str:
    registered = RegisterPrincipal(
        command_id="service:founding:register",
        at=at,
        actor=_FOUNDER,
        principal_id=str(FIRST_ADMINISTRATOR),
        standing=Standing(role=Role.ADMINISTRATOR),
    )
    await parts.handler.handle(Wish(PRINCIPAL, FIRST_ADMINISTRATOR, registered))
    return await _issue(parts, f"first:{at.isoformat()}", at)


async def _issue(parts: Gateway, name: str, at: datetime) -> str:
    key = new_key(PRINCIPAL.stream(name).hex[:16])
    await parts.principals.add_key(key.key_id, FIRST_ADMINISTRATOR, key.secret_sha256)
    issued = IssueApiKey(command_id=f"service:founding:{name}", at=at, actor=_FOUNDER, key_id=key.key_id)
    await parts.handler.handle(Wish(PRINCIPAL, FIRST_ADMINISTRATOR, issued))
    return key.text
