"""Principals: what each command leads to, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

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
from domain.principal.decisions import (
    MOST_KEYS,
    AdministratorWouldLockOneselfOut,
    NoSuchApiKey,
    NoSuchPrincipal,
    PrincipalAlreadyRegistered,
    TooManyApiKeys,
    decide,
    evolve,
)
from domain.principal.state import Principal, Standing
from domain.rulebook.rulebook import Rulebook, UnknownArea, UnknownUnit

AT = datetime(2026, 11, 20, tzinfo=UTC)
ADMINISTRATOR = Standing(role=Role.ADMINISTRATOR)
KEY = "0123456789abcdef"


def asked(kind: type[PrincipalCommand], *, by: Role = Role.ADMINISTRATOR, who: str = "a", **fields: Any) -> Any:
    return kind(command_id="c", at=AT, actor=Actor(principal=who, role=by), **fields)


def after(*commands: PrincipalCommand) -> Principal | None:
    state: Principal | None = None
    for command in commands:
        for event in decide(command, state, Rulebook()):
            state = evolve(state, event)
    return state


REGISTER = asked(RegisterPrincipal, principal_id="p", standing=ADMINISTRATOR)
ISSUE = asked(IssueApiKey, key_id=KEY)


def test_keys_are_in_force_from_issue_to_revocation() -> None:
    assert after(REGISTER, ISSUE) == Principal(principal_id="p", standing=ADMINISTRATOR, keys=(KEY,))
    assert after(REGISTER, ISSUE, asked(RevokeApiKey, key_id=KEY, reason="遗失")) == after(REGISTER)


def test_deactivation_voids_every_key() -> None:
    gone = after(REGISTER, ISSUE, asked(DeactivatePrincipal, reason="离职"))
    assert gone == Principal(principal_id="p", standing=ADMINISTRATOR, active=False)


def test_a_principal_keeps_its_keys_when_its_standing_changes() -> None:
    changed = after(REGISTER, ISSUE, asked(ChangePrincipal, standing=Standing(role=Role.OFFICE), reason="调岗"))
    assert changed == Principal(principal_id="p", standing=Standing(role=Role.OFFICE), keys=(KEY,))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_but_administrators_gives_these_commands(role: Role) -> None:
    with pytest.raises(Forbidden):
        decide(asked(RegisterPrincipal, by=role, principal_id="p", standing=ADMINISTRATOR), None, Rulebook())


@pytest.mark.parametrize(
    ("before", "command", "rejection"),
    [
        ((REGISTER,), REGISTER, PrincipalAlreadyRegistered),
        ((), ISSUE, NoSuchPrincipal),
        ((REGISTER, asked(DeactivatePrincipal, reason="x")), ISSUE, NoSuchPrincipal),
        ((REGISTER,), asked(RevokeApiKey, key_id=KEY, reason="x"), NoSuchApiKey),
        ((REGISTER,), asked(DeactivatePrincipal, who="p", reason="x"), AdministratorWouldLockOneselfOut),
        (
            (REGISTER,),
            asked(ChangePrincipal, who="p", standing=Standing(role=Role.LEADER), reason="x"),
            AdministratorWouldLockOneselfOut,
        ),
        (
            (REGISTER, *(asked(IssueApiKey, key_id=f"{number:016x}") for number in range(MOST_KEYS))),
            ISSUE,
            TooManyApiKeys,
        ),
        (
            (),
            asked(RegisterPrincipal, principal_id="p", standing=Standing(role=Role.HANDLER, unit="nowhere")),
            UnknownUnit,
        ),
        (
            (),
            asked(RegisterPrincipal, principal_id="p", standing=Standing(role=Role.OFFICE, area="nowhere")),
            UnknownArea,
        ),
    ],
)
def test_what_cannot_be_is_refused(
    before: tuple[PrincipalCommand, ...], command: PrincipalCommand, rejection: type[Rejection]
) -> None:
    with pytest.raises(rejection):
        decide(command, after(*before), Rulebook())


@pytest.mark.parametrize(
    "standing", [{"role": "handler"}, {"role": "system"}, {"role": "office", "sources": ["x"]}, {"role": "king"}]
)
def test_a_standing_has_what_its_role_needs_and_no_more(standing: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Standing.model_validate(standing)
