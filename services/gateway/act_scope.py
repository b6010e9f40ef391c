"""Which acts of supervision a caller may see and handle: the same units and places as of the items they are about."""

from typing import Annotated

from fastapi import Depends

from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.dependencies import CurrentPrincipal, CurrentRulebook
from services.handling.bounds import acts_of
from services.store.reach import Reach


def act_scope_of(caller: Caller, rules: Rulebook) -> Reach:
    """Within what bounds the caller sees acts."""
    return acts_of(caller.standing, rules)


async def _scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> Reach:
    return act_scope_of(caller, rules)


CurrentActScope = Annotated[Reach, Depends(_scope)]
