"""What follows from a command about a principal."""

from typing import assert_never

from domain.actor import Actor, Role
from domain.errors import Forbidden, Rejection
from domain.principal.commands import (
    ChangePrincipal,
    DeactivatePrincipal,
    IssueApiKey,
    PrincipalCommand,
    RegisterPrincipal,
    RevokeApiKey,
)
from domain.principal.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    PrincipalChanged,
    PrincipalDeactivated,
    PrincipalEvent,
    PrincipalRegistered,
)
from domain.principal.state import Principal, Standing
from domain.rulebook.rulebook import Rulebook

MOST_KEYS = 20


class PrincipalAlreadyRegistered(Rejection):
    """The principal exists."""

    code = "principal_already_registered"


class NoSuchPrincipal(Rejection):
    """There is no such principal, or it was deactivated."""

    code = "no_such_principal"


class NoSuchApiKey(Rejection):
    """The principal has no such key in force."""

    code = "no_such_api_key"


class TooManyApiKeys(Rejection):
    """The principal has as many keys in force as one may have: revoke those no longer used."""

    code = "too_many_api_keys"


class AdministratorWouldLockOneselfOut(Rejection):
    """Administrators neither deactivate themselves nor give up their role: another one does, so that one remains."""

    code = "administrator_would_lock_oneself_out"


def decide(  # noqa: C901 - one branch per command is the point
    command: PrincipalCommand, state: Principal | None, rules: Rulebook
) -> tuple[PrincipalEvent, ...]:
    """Turn a command about one principal into events."""
    if command.actor.role is not Role.ADMINISTRATOR:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    at = command.at
    match command:
        case RegisterPrincipal():
            if state is not None:
                raise PrincipalAlreadyRegistered(principal=state.principal_id)
            _names_what_exists(command.standing, rules)
            return (PrincipalRegistered(occurred_at=at, principal_id=command.principal_id, standing=command.standing),)
        case ChangePrincipal():
            principal = _active(state)
            if command.standing.role is not Role.ADMINISTRATOR:
                _is_another(command.actor, principal)
            _names_what_exists(command.standing, rules)
            return (PrincipalChanged(occurred_at=at, standing=command.standing, reason=command.reason),)
        case DeactivatePrincipal():
            _is_another(command.actor, _active(state))
            return (PrincipalDeactivated(occurred_at=at, reason=command.reason),)
        case IssueApiKey():
            if len(_active(state).keys) >= MOST_KEYS:
                raise TooManyApiKeys(most=MOST_KEYS)
            return (ApiKeyIssued(occurred_at=at, key_id=command.key_id),)
        case RevokeApiKey():
            if command.key_id not in _active(state).keys:
                raise NoSuchApiKey(key_id=command.key_id)
            return (ApiKeyRevoked(occurred_at=at, key_id=command.key_id, reason=command.reason),)
        case _:
            assert_never(command)


def evolve(state: Principal | None, event: PrincipalEvent) -> Principal:
    """Fold one event into a principal."""
    match event:
        case PrincipalRegistered():
            return Principal(principal_id=event.principal_id, standing=event.standing)
        case PrincipalChanged():
            return _active(state).model_copy(update={"standing": event.standing})
        case PrincipalDeactivated():
            return _active(state).model_copy(update={"active": False, "keys": ()})
        case ApiKeyIssued():
            principal = _active(state)
            return principal.model_copy(update={"keys": (*principal.keys, event.key_id)})
        case ApiKeyRevoked():
            principal = _active(state)
            return principal.model_copy(update={"keys": tuple(key for key in principal.keys if key != event.key_id)})
        case _:
            assert_never(event)


def _active(state: Principal | None) -> Principal:
    if state is None or not state.active:
        raise NoSuchPrincipal
    return state


def _is_another(actor: Actor, principal: Principal) -> None:
    if actor.principal == principal.principal_id:
        raise AdministratorWouldLockOneselfOut(principal=principal.principal_id)


def _names_what_exists(standing: Standing, rules: Rulebook) -> None:
    if standing.unit is not None:
        rules.unit(standing.unit)
    if standing.area is not None:
        rules.area(standing.area)
