"""How far somebody's standing reaches over units, acts and cases: for whoever asks to see, and for whoever is told."""

from domain.actor import Role
from domain.principal.state import Standing
from domain.rulebook.rulebook import Rulebook
from services.store.reach import Reach

# Cases are nobody's business but the accused unit's, and of those who decide, prepare, or audit decisions.
SEEING_CASES = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR})
_NOBODYS: frozenset[str] = frozenset()


def units_of(standing: Standing, rules: Rulebook) -> frozenset[str] | None:
    """The units whose obligations somebody may see; None: any.

    Handlers: their unit and those below it. Whoever is bound to an area: the units that own or sponsor places there.
    Back-office systems: none.
    """
    if standing.role is Role.SYSTEM:
        return _NOBODYS
    units = rules.units_below(standing.unit) if standing.role is Role.HANDLER and standing.unit else None
    if standing.area:
        places = (rules.areas[code] for code in rules.areas_below(standing.area) if code in rules.areas)
        local = frozenset(unit for area in places for unit in (area.owner, area.sponsor) if unit is not None)
        units = local if units is None else units & local
    return units


def acts_of(standing: Standing, rules: Rulebook) -> Reach:
    """Acts against the units whose obligations somebody sees; for whoever is bound to an area, about its places too.

    Back-office systems: none.
    """
    area = standing.area if standing.role not in (Role.HANDLER, Role.SYSTEM) else None
    return Reach(
        units=units_of(standing, rules),
        areas=rules.areas_below(area) if area else frozenset(),
    )


def cases_of(standing: Standing, rules: Rulebook) -> Reach:
    """Handlers: cases against their unit and those below it. Office, leading group, auditors: all.

    Who is bound to an area sees those in it, and against units that own or sponsor places there. Others see none.
    """
    if standing.role is Role.HANDLER and standing.unit:
        return Reach(units=rules.units_below(standing.unit))
    if standing.role not in SEEING_CASES:
        return Reach(units=_NOBODYS)
    areas = rules.areas_below(standing.area) if standing.area else frozenset[str]()
    return Reach(units=units_of(standing, rules), areas=areas)


def hears_of(kind: str, unit: str | None, area: str | None, standing: Standing, rules: Rulebook) -> bool:
    """Whether something of a kind, a unit and an area may be told to somebody: nobody hears of what they do not see."""
    match kind:
        case "case":
            return cases_of(standing, rules).covers(unit, area)
        case "act":
            return acts_of(standing, rules).covers(unit, area)
        case "obligation":
            return Reach(units=units_of(standing, rules)).covers(unit, area)
        case _:
            return standing.area is None or area is None or area in rules.areas_below(standing.area)
