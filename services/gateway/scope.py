"""What a caller may see: whatever lies outside does not exist for them."""

from dataclasses import replace

from domain.actor import Role
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.store.item_queries import Scope


def scope_of(caller: Caller, rules: Rulebook) -> Scope:
    """Handlers: their unit and those below it, and what they reported. Systems: their sources. Others: everything.

    All of it within their area, where they have one.
    """
    standing = caller.standing
    return Scope(
        units=rules.units_below(standing.unit) if standing.role is Role.HANDLER and standing.unit else None,
        areas=rules.areas_below(standing.area) if standing.area else None,
        sources=frozenset(standing.sources) if standing.role is Role.SYSTEM else None,
        reported_by=caller.principal_id if standing.role is Role.HANDLER else None,
    )


def with_marks(scope: Scope) -> Scope:
    """Within which a single item is read and appealed about: a mark stays with the unit, whoever has the item later."""
    return replace(scope, marked=True)
