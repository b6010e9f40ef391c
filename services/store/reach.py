"""Whose acts and cases somebody may see: by the unit they are against, or by the place they are about."""

from dataclasses import dataclass

from services.store.conditions import Conditions


@dataclass(frozen=True, slots=True)
class Reach:
    """Those against these units, or in these areas. None: any."""

    units: frozenset[str] | None = None
    areas: frozenset[str] = frozenset()

    def covers(self, unit: str | None, area: str | None) -> bool:
        """Whether something of a unit, in an area, lies within."""
        return self.units is None or unit in self.units or area in self.areas

    def narrow(self, found: Conditions) -> None:
        """Leave out what lies without."""
        if self.units is not None:
            units, areas = found.parameter(sorted(self.units)), found.parameter(sorted(self.areas))
            found.texts.append(f"(unit = ANY ({units}::text[]) OR area = ANY ({areas}::text[]))")
