"""What is in force for an item when a clock starts: a policy with its calendar and its catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.calendar import WorkCalendar
from domain.clock import ClockKind
from domain.errors import Invalid
from domain.limits import Limit
from domain.rulebook.documents import Catalogue, Category, Policy


class UnknownCategory(Invalid):
    """The catalogue in force has no such category."""

    code = "unknown_category"


@dataclass(frozen=True, slots=True)
class Route:
    """Where an issue goes: the lead unit and those that support it."""

    unit: str
    supporting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Regime:
    """The rules in force: outside campaigns those of the city, within one those of its phase."""

    policy: Policy
    calendar: WorkCalendar
    catalogue: Catalogue

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """The categories of the catalogue, by code."""
        return {category.code: category for category in self.catalogue.categories}

    def category(self, code: str) -> Category:
        """A category of the catalogue; issues of any other are refused."""
        try:
            return self.categories[code]
        except KeyError:
            raise UnknownCategory(category=code) from None

    def limit(self, category_code: str, kind: ClockKind) -> Limit | None:
        """The limit of a step: the category's own where it has one, else the policy's; None: this step has no clock.

        A category that a newer catalogue has dropped is treated by the policy alone.
        """
        category = self.categories.get(category_code)
        if category is None:
            return self.policy.limits.get(kind)
        if kind is ClockKind.RECHECK and not category.rechecked:
            return None
        return category.limits.get(kind) or self.policy.limits.get(kind)

    def rework_limit(self, category_code: str) -> Limit | None:
        """The limit after a check sent the work back."""
        category = self.categories.get(category_code)
        own = category.rework if category else None
        return own or self.policy.rework or self.limit(category_code, ClockKind.RECTIFY)

    @cached_property
    def routes(self) -> Mapping[tuple[str | None, str | None], Route]:
        """The policy's routing by (category, area); of two rules for the same, the first counts."""
        return {(rule.category, rule.area): Route(rule.unit, rule.supporting) for rule in reversed(self.policy.routing)}
