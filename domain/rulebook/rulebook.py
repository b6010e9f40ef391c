"""Every published version at hand: what a decision looks up, what is in force, and where an issue is routed to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from domain.calendar import WorkCalendar
from domain.errors import Invalid
from domain.indicator.book import FormulaBook
from domain.organisation.state import Area, Unit
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.regime import Regime, Route
from domain.rulebook.standard import Standard

D = TypeVar("D", Policy, CalendarDocument, Catalogue, Standard)


class UnknownUnit(Invalid):
    """No such unit is registered, or it was dissolved."""

    code = "unknown_unit"


class UnknownArea(Invalid):
    """No such area is registered, or it was abolished."""

    code = "unknown_area"


class NoPolicyPublished(Invalid):
    """Nothing can be decided before the campaign office has published a calendar, a catalogue and a policy."""

    code = "no_policy_published"


class UnknownVersionError(LookupError):
    """A version that events name is missing from this rulebook: it was loaded before that version was published."""


@dataclass(frozen=True, slots=True)
class CampaignInForce:
    """A campaign under way: the policy of its phase, and where it applies (``areas`` empty: the whole city)."""

    campaign_id: str
    policy_id: str
    calendar_id: str
    catalogue_id: str
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rulebook:
    """All versions of all documents, with the units and areas as they are now. Keys are refs such as ``city@3``."""

    policies: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict[str, Catalogue])
    calendars: Mapping[str, CalendarDocument] = field(default_factory=dict[str, CalendarDocument])
    standards: Mapping[str, Standard] = field(default_factory=dict[str, Standard])
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    areas: Mapping[str, Area] = field(default_factory=dict[str, Area])
    campaigns: Mapping[str, CampaignInForce] = field(default_factory=dict[str, CampaignInForce])
    formula_books: Mapping[str, FormulaBook] = field(default_factory=dict[str, FormulaBook])
    city_policy: str = "city"
    _regimes: dict[str | None, Regime] = field(default_factory=dict[str | None, Regime], init=False, compare=False)

    def regime(self, campaign_id: str | None = None) -> Regime:
        """What is in force now: within a campaign the policy of its phase, else the newest policy of the city."""
        found = self._regimes.get(campaign_id)
        if found is None:
            found = self._regimes[campaign_id] = self._regime_of(self.campaigns.get(campaign_id or ""))
        return found

    def regime_since(self, campaign_id: str | None, policy_version: str) -> Regime:
        """What is in force for what began under a policy: once its campaign is over, the newest version of that one."""
        if campaign_id is None or campaign_id in self.campaigns:
            return self.regime(campaign_id)
        return self._under(self.newest_policy(self.policy(policy_version).policy_id))

    def campaign_for(self, area: str) -> str | None:
        """The campaign an issue in an area belongs to: the one, if any, whose areas are nearest above it."""
        for here in [*self.area_lineage(area), None]:
            for campaign in self.campaigns.values():
                if here in campaign.areas or (here is None and not campaign.areas):
                    return campaign.campaign_id
        return None

    def _regime_of(self, campaign: CampaignInForce | None) -> Regime:
        if campaign is None:
            return self._under(self.newest_policy(self.city_policy))
        return Regime(
            policy=self.newest_policy(campaign.policy_id),
            calendar=self.newest_calendar(campaign.calendar_id),
            catalogue=self.newest_catalogue(campaign.catalogue_id),
        )

    def _under(self, policy: Policy) -> Regime:
        return Regime(
            policy=policy,
            calendar=self.newest_calendar(policy.calendar_id),
            catalogue=self.newest_catalogue(policy.catalogue_id),
        )

    def newest_policy(self, policy_id: str) -> Policy:
        """The newest version of a policy."""
        found = _newest(self.policies, policy_id)
        if found is None:
            raise NoPolicyPublished(policy=policy_id)
        return found

    def policy(self, ref: str) -> Policy:
        """The policy version that an event or clock names."""
        try:
            return self.policies[ref]
        except KeyError:
            raise UnknownVersionError(ref) from None

    def calendar(self, ref: str) -> WorkCalendar:
        """The calendar version that a clock names."""
        try:
            return self.calendars[ref].calendar
        except KeyError:
            raise UnknownVersionError(ref) from None

    def newest_calendar(self, calendar_id: str) -> WorkCalendar:
        """The newest version of a calendar."""
        found = _newest(self.calendars, calendar_id)
        if found is None:
            raise NoPolicyPublished(calendar=calendar_id)
        return found.calendar

    def newest_catalogue(self, catalogue_id: str) -> Catalogue:
        """The newest version of a catalogue."""
        found = _newest(self.catalogues, catalogue_id)
        if found is None:
            raise NoPolicyPublished(catalogue=catalogue_id)
        return found

    def newest_standard(self, standard_id: str) -> Standard | None:
        """The newest version of a standard, or None where it was never published."""
        return _newest(self.standards, standard_id)

    def unit(self, code: str) -> Unit:
        """A unit that can be given work."""
        unit = self.units.get(code)
        if unit is None or unit.dissolved:
            raise UnknownUnit(unit=code)
        return unit

    def area(self, code: str) -> Area:
        """An area that issues can be reported in."""
        area = self.areas.get(code)
        if area is None or area.abolished:
            raise UnknownArea(area=code)
        return area

    def area_lineage(self, code: str) -> Iterator[str]:
        """The area and those above it, nearest first."""
        seen: set[str] = set()
        here: str | None = code
        while here is not None and here not in seen:
            seen.add(here)
            yield here
            area = self.areas.get(here)
            here = area.parent if area else None

    def unit_lineage(self, code: str) -> tuple[str, ...]:
        """The units above a unit, nearest first, without the unit itself."""
        lineage: list[str] = []
        unit = self.units.get(code)
        while unit is not None and unit.parent is not None and unit.parent not in lineage:
            lineage.append(unit.parent)
            unit = self.units.get(unit.parent)
        return tuple(lineage)

    def units_below(self, code: str) -> frozenset[str]:
        """The unit and every unit below it, dissolved ones included."""
        return _with_all_below(code, self._units_by_parent)

    def areas_below(self, code: str) -> frozenset[str]:
        """The area and every area below it, abolished ones included."""
        return _with_all_below(code, self._areas_by_parent)

    @cached_property
    def _units_by_parent(self) -> Mapping[str | None, list[str]]:
        return _by_parent({unit.code: unit.parent for unit in self.units.values()})

    @cached_property
    def _areas_by_parent(self) -> Mapping[str | None, list[str]]:
        return _by_parent({area.code: area.parent for area in self.areas.values()})

    def route(self, category: str, area: str, campaign_id: str | None = None) -> Route | None:
        """The unit responsible for a category in an area, or None where a person must decide.

        The nearest area wins; within one area a rule for the category beats a rule for any. Where no rule fits: the
        category's lead unit, else the unit that owns the nearest area.
        """
        regime, lineage = self.regime(campaign_id), list(self.area_lineage(area))
        for here in [*lineage, None]:
            for wanted in (category, None):
                route = regime.routes.get((wanted, here))
                if route is not None and self._exists(route.unit):
                    return Route(route.unit, tuple(unit for unit in route.supporting if self._exists(unit)))
        known = regime.categories.get(category)
        lead = known.lead_unit if known else None
        owners = (self.areas[here].owner for here in lineage if here in self.areas)
        return next((Route(unit) for unit in (lead, *owners) if unit is not None and self._exists(unit)), None)

    def _exists(self, unit: str) -> bool:
        found = self.units.get(unit)
        return found is not None and not found.dissolved


def _newest(documents: Mapping[str, D], name: str) -> D | None:
    """The newest version of one document among those kept by refs such as ``city@3``."""
    versions = [document for ref, document in documents.items() if ref.rpartition("@")[0] == name]
    return max(versions, key=lambda document: document.version, default=None)


def _by_parent(parents: Mapping[str, str | None]) -> Mapping[str | None, list[str]]:
    children: dict[str | None, list[str]] = {}
    for code, parent in parents.items():
        children.setdefault(parent, []).append(code)
    return children


def _with_all_below(code: str, by_parent: Mapping[str | None, list[str]]) -> frozenset[str]:
    found = {code}
    waiting = [code]
    while waiting:
        for child in by_parent.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)
