"""Every published version at hand: what a decision looks up, and the unit an issue is routed to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.calendar import WorkCalendar
from domain.clock import ClockKind
from domain.errors import Invalid
from domain.limits import Limit
from domain.organisation.state import Area, Unit
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy


class UnknownCategory(Invalid):
    """The catalogue in force has no such category."""

    code = "unknown_category"


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
class Route:
    """Where an issue goes: the lead unit and those that support it."""

    unit: str
    supporting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rulebook:
    """All versions of all documents, with the units and areas as they are now. Keys are refs such as ``city@3``."""

    policies: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict[str, Catalogue])
    calendars: Mapping[str, CalendarDocument] = field(default_factory=dict[str, CalendarDocument])
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    areas: Mapping[str, Area] = field(default_factory=dict[str, Area])
    policy_in_force: str = "city"

    @cached_property
    def current_policy(self) -> Policy:
        """The newest version of the policy in force."""
        versions = [policy for policy in self.policies.values() if policy.policy_id == self.policy_in_force]
        if not versions:
            raise NoPolicyPublished(policy=self.policy_in_force)
        return max(versions, key=lambda policy: policy.version)

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

    @cached_property
    def current_calendar(self) -> WorkCalendar:
        """The newest version of the calendar that the policy in force names."""
        return self.newest_calendar(self.current_policy.calendar_id)

    def newest_calendar(self, calendar_id: str) -> WorkCalendar:
        """The newest version of a calendar."""
        versions = [document for document in self.calendars.values() if document.calendar_id == calendar_id]
        if not versions:
            raise NoPolicyPublished(calendar=calendar_id)
        return max(versions, key=lambda document: document.version).calendar

    def newest_catalogue(self, catalogue_id: str) -> Catalogue:
        """The newest version of a catalogue."""
        versions = [catalogue for catalogue in self.catalogues.values() if catalogue.catalogue_id == catalogue_id]
        if not versions:
            raise NoPolicyPublished(catalogue=catalogue_id)
        return max(versions, key=lambda catalogue: catalogue.version)

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """The categories of the newest catalogue of the policy in force, by code."""
        newest = self.newest_catalogue(self.current_policy.catalogue_id)
        return {category.code: category for category in newest.categories}

    def category(self, code: str) -> Category:
        """The category in the newest catalogue of the policy in force."""
        try:
            return self.categories[code]
        except KeyError:
            raise UnknownCategory(category=code) from None

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

    def limit(self, category_code: str, kind: ClockKind) -> Limit | None:
        """The limit of a step: the category's own where it has one, else the policy's; None: this step has no clock."""
        category = self.categories.get(category_code)
        if category is None:
            return self.current_policy.limits.get(kind)
        if kind is ClockKind.RECHECK and not category.rechecked:
            return None
        return category.limits.get(kind) or self.current_policy.limits.get(kind)

    def rework_limit(self, category_code: str) -> Limit | None:
        """The limit after a check sent the work back."""
        category = self.categories.get(category_code)
        own = category.rework if category else None
        return own or self.current_policy.rework or self.limit(category_code, ClockKind.RECTIFY)

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

    def route(self, category: str, area: str) -> Route | None:
        """The unit responsible for a category in an area, or None where a person must decide.

        The nearest area wins; within one area a rule for the category beats a rule for any. Where no rule fits: the
        category's lead unit, else the unit that owns the nearest area.
        """
        lineage = list(self.area_lineage(area))
        for here in [*lineage, None]:
            for wanted in (category, None):
                route = self._routes.get((wanted, here))
                if route is not None and self._exists(route.unit):
                    return Route(route.unit, tuple(unit for unit in route.supporting if self._exists(unit)))
        lead = self.categories[category].lead_unit if category in self.categories else None
        owners = (self.areas[here].owner for here in lineage if here in self.areas)
        return next((Route(unit) for unit in (lead, *owners) if unit is not None and self._exists(unit)), None)

    def _exists(self, unit: str) -> bool:
        found = self.units.get(unit)
        return found is not None and not found.dissolved

    @cached_property
    def _routes(self) -> Mapping[tuple[str | None, str | None], Route]:
        return {
            (rule.category, rule.area): Route(rule.unit, rule.supporting)
            for rule in reversed(self.current_policy.routing)
        }


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
