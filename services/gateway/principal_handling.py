"""What the gateway adds to commands about principals: ids, names kept aside, and secrets that are shown once."""

import hashlib
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel, ConfigDict, Field

from domain.actor import Role
from domain.decider import Command, Reason
from domain.errors import Forbidden, Rejection
from domain.principal.commands import ChangePrincipal, IssueApiKey, RegisterPrincipal, RevokeApiKey
from domain.principal.state import Principal, Standing
from services.gateway.authentication import Caller, new_key
from services.gateway.dependencies import Asked
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.wiring import Gateway
from services.handling.aggregates import PRINCIPAL
from services.handling.command_handler import Alongside, Wish
from services.handling.receipts import Receipt
from services.privacy.person import Person
from services.store.principals import PrincipalRecord, PrincipalStore

Name = Annotated[str, Field(min_length=1, max_length=100)]
Phone = Annotated[str, Field(max_length=50)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>,;:]+@[^\s@<>,;:]+$")]

_READERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class PrincipalBody(Standing):
    """A principal with a name, a telephone number and a mail address, which stand in no event and can be erased."""

    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = Field(default=None, description="通知邮箱。 Where notices are mailed to.")

    @property
    def standing(self) -> Standing:
        """The part that events hold."""
        return Standing(role=self.role, unit=self.unit, area=self.area, sources=self.sources)


class ChangeBody(PrincipalBody):
    """The whole new description, and why."""

    reason: Reason


class ReasonBody(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason


class EmptyBody(BaseModel):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IssuedKey(BaseModel):
    """A new key. The secret in it is shown this once; whoever asks again under the same idempotency key is refused."""

    model_config = ConfigDict(frozen=True)

    key_id: str = Field(examples=["9f2c41d07ab35e68"])
    key: str = Field(description="完整密钥，仅显示这一次。 The whole key, shown this once.", examples=["duban_9f2c…"])
    receipt: Receipt


class PrincipalView(BaseModel):
    """A principal as administrators and auditors see it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    version: int
    role: Role
    unit: str | None
    area: str | None
    sources: tuple[str, ...]
    active: bool
    keys: tuple[str, ...] = Field(description="有效密钥的编号。 Ids of the keys in force.")
    name: str | None
    phone: str | None
    email: str | None
    masked: bool = Field(description="是否已脱敏。 Whether names and numbers are masked.")


def require_reader(caller: Caller) -> None:
    """Names stand in these answers: administrators and auditors only, and as principals have no place, of the city."""
    if caller.actor.role not in _READERS:
        raise Forbidden(role=caller.actor.role, command="ReadPrincipals")
    governs_everywhere(caller)


class ApiKeyShownOnce(Rejection):
    """The key asked for under this idempotency key was issued, and shown in the first answer alone."""

    code = "api_key_shown_once"


async def register(parts: Gateway, asked: Asked, body: PrincipalBody) -> Receipt:
    """Register a principal; under the same key it is always the same one."""
    principal_id = PRINCIPAL.stream(asked.command_id)
    command = RegisterPrincipal(**asked.fields, principal_id=str(principal_id), standing=body.standing)
    return await _handle(parts, asked, principal_id, command, *await _with_person(parts, principal_id, body))


async def change(parts: Gateway, asked: Asked, principal_id: UUID, body: ChangeBody) -> Receipt:
    """Replace role, unit, scope, name and telephone number."""
    command = ChangePrincipal(**asked.fields, standing=body.standing, reason=body.reason)
    return await _handle(parts, asked, principal_id, command, *await _with_person(parts, principal_id, body))


async def issue_key(parts: Gateway, asked: Asked, principal_id: UUID) -> IssuedKey:
    """Issue a key. Its hash is stored with its event; whoever comes later under the same idempotency key is refused."""
    key = new_key(hashlib.sha256(asked.command_id.encode()).hexdigest()[:16])
    stored: list[str] = []

    async def store_hash(connection: PoolConnectionProxy) -> None:
        await PrincipalStore(connection).add_key(key.key_id, principal_id, key.secret_sha256)
        stored.append(key.text)

    command = IssueApiKey(**asked.fields, key_id=key.key_id)
    receipt = await _handle(parts, asked, principal_id, command, alongside=store_hash)
    if not stored:
        raise ApiKeyShownOnce(key_id=key.key_id)
    return IssuedKey(key_id=key.key_id, key=key.text, receipt=receipt)


async def revoke_key(parts: Gateway, asked: Asked, principal_id: UUID, key_id: str, reason: str) -> Receipt:
    """Make a key void at once."""
    command = RevokeApiKey(**asked.fields, key_id=key_id, reason=reason)

    async def revoke(connection: PoolConnectionProxy) -> None:
        await PrincipalStore(connection).revoke_key(key_id, asked.at)

    return await _handle(parts, asked, principal_id, command, alongside=revoke)


async def administer(parts: Gateway, asked: Asked, principal_id: UUID, command: Command) -> Receipt:
    """Carry out any other command."""
    return await _handle(parts, asked, principal_id, command)


async def principal_views(parts: Gateway, records: Sequence[PrincipalRecord], *, masked: bool) -> list[PrincipalView]:
    """Stored principals with their names, masked or in full."""
    people = await parts.people.opened(record.person for record in records)
    return [_view(record, people[record.principal_id], masked=masked) for record in records]


def masks(caller: Caller, reason: str | None) -> bool:
    """Whether names are masked: never for administrators, who look after principals; for auditors without a reason."""
    return caller.actor.role is not Role.ADMINISTRATOR and reason is None


def _view(record: PrincipalRecord, person: Person, *, masked: bool) -> PrincipalView:
    principal = Principal.model_validate_json(record.state)
    shown = person.masked() if masked else person
    return PrincipalView(
        id=record.principal_id,
        version=record.version,
        **principal.standing.model_dump(),
        active=principal.active,
        keys=principal.keys,
        name=shown.name,
        phone=shown.phone,
        email=shown.email,
        masked=masked,
    )


async def _with_person(parts: Gateway, principal_id: UUID, body: PrincipalBody) -> tuple[bytes, Alongside]:
    """What makes this request differ from another, name and number included, and what writes these, once."""

    async def save(connection: PoolConnectionProxy) -> None:
        await parts.people.replace(connection, Person(principal_id, body.name, body.phone, body.email))

    # The fingerprint stays with the events for ever; a mere hash would tell a name and a number to whoever tries all.
    request = f"{type(body).__name__} {principal_id} {body.model_dump_json()}"
    return await parts.people.keyring.fingerprint(request.encode()), save


async def _handle(
    parts: Gateway,
    asked: Asked,
    principal_id: UUID,
    command: Command,
    request_sha256: bytes | None = None,
    alongside: Alongside | None = None,
) -> Receipt:
    governs_everywhere(asked.caller)
    wish = Wish(
        PRINCIPAL,
        principal_id,
        command,
        expected_version=asked.expected_version,
        request_sha256=request_sha256,
        beforehand=still_in_office(asked.caller),
        alongside=alongside,
    )
    receipt = await parts.handler.handle(wish)
    parts.authenticator.forget()
    return receipt
