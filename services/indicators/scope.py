"""Which cases a figure is about, in the field's terms, and what that means in units and areas as they are now."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import Invalid
from domain.rulebook.rulebook import Rulebook
from services.store.indicator_queries import Extent
from services.store.item_queries import Scope


class PeriodReversed(Invalid):
    """A period ends after it begins."""

    code = "period_reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """None: any. A unit or area stands for itself and all below it. The period's end is exclusive."""

    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None
    category: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def extent(about: About, seen: Scope, rules: Rulebook) -> Extent:
    """The cases, limited to what the caller may see. Raises UnknownUnit, UnknownArea, PeriodReversed."""
    if about.starts_at is not None and about.ends_at is not None and about.starts_at >= about.ends_at:
        raise PeriodReversed(starts_at=about.starts_at.isoformat(), ends_at=about.ends_at.isoformat())
    return Extent(
        campaign_id=about.campaign_id,
        units=_both(None if about.unit is None else _units(about.unit, rules), seen.units),
        areas=_both(None if about.area is None else _areas(about.area, rules), seen.areas),
        categories=None if about.category is None else frozenset({about.category}),
        sources=seen.sources,
        starts_at=about.starts_at,
        ends_at=about.ends_at,
    )


def _units(code: str, rules: Rulebook) -> frozenset[str]:
    if code not in rules.units:
        rules.unit(code)  # refuses it; a dissolved one still has a past
    return rules.units_below(code)


def _areas(code: str, rules: Rulebook) -> frozenset[str]:
    if code not in rules.areas:
        rules.area(code)
    return rules.areas_below(code)


def _both(wanted: frozenset[str] | None, seen: frozenset[str] | None) -> frozenset[str] | None:
    if wanted is None or seen is None:
        return seen if wanted is None else wanted
    return wanted & seen
