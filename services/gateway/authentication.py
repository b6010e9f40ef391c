"""Tells who calls: API keys of the form duban_<key id>_<secret>, of which only the secret's SHA-256 is stored."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.actor import Actor
from domain.principal.state import Principal, Standing
from domain.rulebook.rulebook import Rulebook
from services.gateway.refusals import NotAuthenticated
from services.store.principals import KeyRecord, PrincipalStore

_PREFIX = "duban"
_SECRET_BYTES = 32
_KEY_ID_CHARACTERS = 16
_LONGEST_HEADER = 300
# A revoked key works at most so long in another gateway process; in the one that revoked it, not at all.
_REMEMBERED_SECONDS = 3.0
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a request, as an actor for commands, and with its bounds."""

    principal_id: str
    standing: Standing
    actor: Actor


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: what is shown once, and what is stored."""

    key_id: str
    text: str
    secret_sha256: bytes


def new_key(key_id: str) -> NewKey:
    """Make a key of 256 random bits under an id of 16 hexadecimal digits."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return NewKey(key_id, f"{_PREFIX}_{key_id}_{secret}", _digest(secret))


class Authenticator:
    """Checks keys against the store, remembering each for a few seconds."""

    def __init__(self, principals: PrincipalStore, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._principals = principals
        self._monotonic = monotonic
        self._remembered: dict[str, tuple[float, KeyRecord, Principal]] = {}

    async def principal(self, authorization: str | None) -> Principal:
        """The principal whose key stands in the Authorization header; raises NotAuthenticated."""
        key_id, secret = _parse(authorization)
        record, principal = await self._lookup(key_id)
        if not hmac.compare_digest(record.secret_sha256, _digest(secret)):
            raise NotAuthenticated
        if not principal.active or key_id not in principal.keys:
            raise NotAuthenticated
        return principal

    def forget(self) -> None:
        """Look everything up again: a principal or key has changed."""
        self._remembered.clear()

    async def _lookup(self, key_id: str) -> tuple[KeyRecord, Principal]:
        now = self._monotonic()
        known = self._remembered.get(key_id)
        if known is not None and now < known[0]:
            return known[1], known[2]
        record = await self._principals.key(key_id)
        if record is None:
            raise NotAuthenticated
        principal = Principal.model_validate_json(record.principal)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key_id] = (now + _REMEMBERED_SECONDS, record, principal)
        return record, principal


def caller_of(principal: Principal, rules: Rulebook) -> Caller:
    """The principal as an actor, with the units above its own."""
    standing = principal.standing
    lineage = rules.unit_lineage(standing.unit) if standing.unit else ()
    actor = Actor(principal=principal.principal_id, role=standing.role, unit=standing.unit, lineage=lineage)
    return Caller(principal.principal_id, standing, actor)


def key_prefix(authorization: str) -> str | None:
    """The first half of the key's id, where a key is well formed: enough to find it, not a secret either way."""
    try:
        key_id, _ = _parse(authorization)
    except NotAuthenticated:
        return None
    return key_id[: _KEY_ID_CHARACTERS // 2]


def _parse(authorization: str | None) -> tuple[str, str]:
    if authorization is None or len(authorization) > _LONGEST_HEADER:
        raise NotAuthenticated
    scheme, _, token = authorization.partition(" ")
    prefix, _, rest = token.strip().partition("_")
    key_id, _, secret = rest.partition("_")
    if scheme.lower() != "bearer" or prefix != _PREFIX or len(key_id) != _KEY_ID_CHARACTERS or not secret:
        raise NotAuthenticated
    if not key_id.isascii() or not key_id.isalnum():
        raise NotAuthenticated
    return key_id, secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
