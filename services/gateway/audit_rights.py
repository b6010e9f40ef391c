"""Who may ask about the history of everything, and how much of it they see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from domain.actor import Role
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.dependencies import CurrentPrincipal, CurrentRulebook

_READERS = frozenset({Role.AUDITOR, Role.LEADER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class AuditScope:
    """What the caller sees: events of these areas, None: of everything, those without an area included.

    ``content``: what the events say. Administrators run the machines; they see that something happened, not what.
    ``traces``: who read and exported what, which is for auditors of the whole city alone, as in /v1/audit/access.
    """

    areas: frozenset[str] | None
    content: bool
    traces: bool


async def _audit_scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> AuditScope:
    return audit_scope_of(caller, rules)


def audit_scope_of(caller: Caller, rules: Rulebook) -> AuditScope:
    """Auditors, leaders and administrators, within their area where they have one; refuses everybody else."""
    standing = caller.standing
    if standing.role not in _READERS:
        raise Forbidden(role=standing.role, command="ReadAudit")
    areas = None if standing.area is None else rules.areas_below(standing.area)
    traces = standing.role is Role.AUDITOR and areas is None
    return AuditScope(areas, content=standing.role is not Role.ADMINISTRATOR, traces=traces)


async def _content_scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> AuditScope:
    scope = audit_scope_of(caller, rules)
    if not scope.content:
        raise Forbidden(role=caller.standing.role, command="ReadPayloads")
    return scope


CurrentAuditScope = Annotated[AuditScope, Depends(_audit_scope)]
CurrentContentScope = Annotated[AuditScope, Depends(_content_scope)]
