"""Against whom, and about which places, somebody bound to an area may begin an act or a case by hand."""

from domain.principal.state import Standing
from domain.rulebook.rulebook import Rulebook, UnknownArea, UnknownUnit
from services.handling.bounds import units_of


def check_bounds(standing: Standing, rules: Rulebook, unit: str, area: str | None) -> None:
    """About a place of their own: against any unit, as they dispatch to any. About none: against units of their area.

    What lies outside does not exist for them. Raises UnknownArea, UnknownUnit.
    """
    if standing.area is None:
        return
    if area is not None and area not in rules.areas_below(standing.area):
        raise UnknownArea(area=area)
    units = units_of(standing, rules)
    if area is None and units is not None and unit not in units:
        raise UnknownUnit(unit=unit)
