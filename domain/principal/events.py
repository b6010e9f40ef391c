"""What can happen to a principal. No name, no telephone number: the id is opaque."""

from typing import Annotated, Literal

from pydantic import Field

from domain.decider import Event
from domain.principal.state import Standing


class PrincipalRegistered(Event):
    """Somebody, or some system, may act from now on."""

    type: Literal["principal.registered.v1"] = "principal.registered.v1"
    principal_id: str
    standing: Standing


class PrincipalChanged(Event):
    """Role, unit or scope changed, for a stated reason."""

    type: Literal["principal.changed.v1"] = "principal.changed.v1"
    standing: Standing
    reason: str


class PrincipalDeactivated(Event):
    """The principal acts no more; its keys are void."""

    type: Literal["principal.deactivated.v1"] = "principal.deactivated.v1"
    reason: str


class ApiKeyIssued(Event):
    """A key is in force. The secret is nowhere but with its holder."""

    type: Literal["principal.api_key_issued.v1"] = "principal.api_key_issued.v1"
    key_id: str


class ApiKeyRevoked(Event):
    """The key is void."""

    type: Literal["principal.api_key_revoked.v1"] = "principal.api_key_revoked.v1"
    key_id: str
    reason: str


PrincipalEvent = Annotated[
    PrincipalRegistered | PrincipalChanged | PrincipalDeactivated | ApiKeyIssued | ApiKeyRevoked,
    Field(discriminator="type"),
]
