"""What an administrator can ask about principals."""

from typing import Annotated

from pydantic import Field

from domain.decider import Command, Reason
from domain.principal.state import Standing

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class RegisterPrincipal(Command):
    """Let somebody act."""

    principal_id: str
    standing: Standing


class ChangePrincipal(Command):
    """Replace role, unit and scope."""

    standing: Standing
    reason: Reason


class DeactivatePrincipal(Command):
    """Let a principal act no more."""

    reason: Reason


class IssueApiKey(Command):
    """Put a key in force."""

    key_id: KeyId


class RevokeApiKey(Command):
    """Make a key void."""

    key_id: KeyId
    reason: Reason


PrincipalCommand = RegisterPrincipal | ChangePrincipal | DeactivatePrincipal | IssueApiKey | RevokeApiKey
