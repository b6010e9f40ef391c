"""Whose accountability cases a caller may see, and whether what they name in one exists for them."""

from typing import Annotated

from fastapi import Depends

from domain.accountability.rejections import UnknownGround
from domain.accountability.values import Grounds
from domain.actor import Role
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.dependencies import CurrentPrincipal, CurrentRulebook, Parts
from services.handling.bounds import SEEING_CASES, cases_of
from services.store.case_queries import CaseQueries, Named
from services.store.reach import Reach


def case_scope_of(caller: Caller, rules: Rulebook) -> Reach:
    """Within what bounds the caller sees cases."""
    return cases_of(caller.standing, rules)


def sees_cases(caller: Caller) -> bool:
    """Whether somebody sees cases at all; if so, those against every unit whose scores they see."""
    return caller.standing.role in SEEING_CASES or caller.standing.role is Role.HANDLER


async def check_grounds(queries: CaseQueries, grounds: Grounds, scope: Reach) -> UnknownGround | None:
    """The refusal of the first ground that does not exist, or not within the scope; None where all do."""
    found = await queries.named([*grounds.items, *grounds.obligations], [*grounds.bulletins, *grounds.acts])
    wanted: dict[str, tuple[object, ...]] = {
        "item": grounds.items,
        "obligation": grounds.obligations,
        "bulletin": grounds.bulletins,
        "act": grounds.acts,
    }
    for kind, names in wanted.items():
        known = {_name(each) for each in found if each.kind == kind and _is_seen(each, scope)}
        for name in names:
            if name not in known:
                return UnknownGround(ground=str(name))
    return None


def _name(named: Named) -> object:
    return named.stream_id if named.kind in ("item", "obligation") else named.number


def _is_seen(named: Named, scope: Reach) -> bool:
    return named.kind == "bulletin" or scope.covers(named.unit, named.area)  # bulletins are published


async def _cases(parts: Parts) -> CaseQueries:
    return CaseQueries(parts.pool)


async def _scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> Reach:
    return case_scope_of(caller, rules)


async def _sees_cases(caller: CurrentPrincipal) -> bool:
    return sees_cases(caller)


Cases = Annotated[CaseQueries, Depends(_cases)]
CurrentCaseScope = Annotated[Reach, Depends(_scope)]
SeesCases = Annotated[bool, Depends(_sees_cases)]
