"""Which acts of supervision a caller may see and handle: the same units and places as of the items they are about."""

from typing import Annotated

from fastapi import Depends

from domain.actor import Role
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.campaign_scope import obligation_scope_of
from services.gateway.dependencies import CurrentPrincipal, CurrentRulebook
from services.store.reach import Reach


def act_scope_of(caller: Caller, rules: Rulebook) -> Reach:
    """Acts against the units whose obligations somebody sees; for whoever is bound to an area, about its places too.

    Back-office systems: none.
    """
    standing = caller.standing
    area = standing.area if standing.role not in (Role.HANDLER, Role.SYSTEM) else None
    return Reach(
        units=obligation_scope_of(caller, rules),
        areas=rules.areas_below(area) if area else frozenset(),
    )


async def _scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> Reach:
    return act_scope_of(caller, rules)


CurrentActScope = Annotated[Reach, Depends(_scope)]
