"""What is in force for an item when a clock starts: a policy with its calendar and its catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from domain.calendar import WorkCalendar
from domain.clock import Clock, ClockKind, open_clock
from domain.errors import Invalid, Rejection
from domain.instant import UnusableInstantError
from domain.ladder import Severity
from domain.limits import Limit
from domain.rulebook.documents import Catalogue, Category, Policy


class UnknownCategory(Invalid):
    """The catalogue in force has no such category."""

    code = "unknown_category"


class DeadlineOutOfCalendar(Rejection):
    """The calendar in force has too few working days to reach a deadline, or it would have begun before its years."""

    code = "deadline_out_of_calendar"


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

    def severity(self, category_code: str) -> Severity:
        """How grave the issues of a category are; ordinary, where a newer catalogue has dropped it."""
        category = self.categories.get(category_code)
        return category.severity if category else Severity.ORDINARY

    def start_clock(
        self,
        kind: ClockKind,
        started_before: int,
        limit: Limit,
        at: datetime,
        ladder_from: datetime | None = None,
        *,
        severity: Severity = Severity.ORDINARY,
    ) -> Clock:
        """Start a clock under these rules; ``started_before`` counts the clocks of this kind there were."""
        try:
            return open_clock(
                clock_id=f"{kind}-{started_before + 1}",
                kind=kind,
                limit=limit,
                at=at,
                calendar=self.calendar,
                ladder=self.policy.ladder(kind, severity),
                policy_version=self.policy.ref,
                ladder_from=ladder_from,
                severity=severity,
            )
        except UnusableInstantError:
            raise DeadlineOutOfCalendar(kind=kind, calendar=self.calendar.version) from None

    @cached_property
    def routes(self) -> Mapping[tuple[str | None, str | None], Route]:
        """The policy's routing by (category, area); of two rules for the same, the first counts."""
        return {(rule.category, rule.area): Route(rule.unit, rule.supporting) for rule in reversed(self.policy.routing)}
