"""Whether a document may be published: each version once, in order, naming only what exists."""

from collections.abc import Iterable
from typing import assert_never

from domain.actor import Role
from domain.errors import Forbidden, Invalid, Rejection
from domain.rulebook.commands import (
    PublishCalendar,
    PublishCatalogue,
    PublishPolicy,
    PublishStandard,
    RulebookCommand,
)
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.events import CalendarPublished, CataloguePublished, PolicyPublished, StandardPublished
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.standard import Standard

PublishedDocument = Catalogue | Policy | CalendarDocument | Standard
Publication = CataloguePublished | PolicyPublished | CalendarPublished | StandardPublished


class VersionOutOfOrder(Rejection):
    """The next version is the newest plus one; published versions never change."""

    code = "version_out_of_order"


class UnknownDocument(Invalid):
    """The policy names a calendar or a catalogue that was never published."""

    code = "unknown_document"


class PointsWithoutAct(Invalid):
    """A step of a ranking takes points and has no act to take them with. Facts: ``rule``, ``step``, from one."""

    code = "points_without_act"


def decide(command: RulebookCommand, state: PublishedDocument | None, rules: Rulebook) -> tuple[Publication]:
    """Publish the document. ``state`` is what already stands under this very version: nothing, if all is well."""
    if command.actor.role not in (Role.OFFICE, Role.ADMINISTRATOR):
        raise Forbidden(role=command.actor.role)
    match command:
        case PublishCatalogue():
            catalogue = command.document
            _next(catalogue.version, _versions(catalogue.catalogue_id, rules.catalogues), state)
            for category in catalogue.categories:
                if category.lead_unit is not None:
                    rules.unit(category.lead_unit)
            return (CataloguePublished(occurred_at=command.at, document=catalogue),)
        case PublishPolicy():
            policy = command.document
            _next(policy.version, _versions(policy.policy_id, rules.policies), state)
            _names_what_exists(policy, rules)
            _takes_points_with_acts(policy)
            return (PolicyPublished(occurred_at=command.at, document=policy),)
        case PublishCalendar():
            calendar = command.document
            _next(calendar.version, _versions(calendar.calendar_id, rules.calendars), state)
            return (CalendarPublished(occurred_at=command.at, document=calendar),)
        case PublishStandard():
            standard = command.document
            _next(standard.version, _versions(standard.standard_id, rules.standards), state)
            for node in standard.all_nodes():
                if node.unit is not None:
                    rules.unit(node.unit)
            return (StandardPublished(occurred_at=command.at, document=standard),)
        case _:
            assert_never(command)


def evolve(_state: PublishedDocument | None, event: Publication) -> PublishedDocument:
    """Fold: the document stands as published."""
    return event.document


def _versions(wanted: str, refs: Iterable[str]) -> int:
    prefix = f"{wanted}@"
    return max((int(ref.removeprefix(prefix)) for ref in refs if ref.startswith(prefix)), default=0)


def _next(version: int, newest: int, state: PublishedDocument | None) -> None:
    if state is not None or version != newest + 1:
        raise VersionOutOfOrder(version=version, expected=newest + 1)


def _takes_points_with_acts(policy: Policy) -> None:
    """Said when it is published, not of what was: a case takes its points with its decision, so these would be lost."""
    for number, rule in enumerate(policy.accountability.rankings, start=1):
        for place, step in enumerate(rule.steps, start=1):
            if step.points and step.act is None:
                raise PointsWithoutAct(rule=number, step=place)


def _names_what_exists(policy: Policy, rules: Rulebook) -> None:
    if not _versions(policy.calendar_id, rules.calendars):
        raise UnknownDocument(calendar=policy.calendar_id)
    newest = _versions(policy.catalogue_id, rules.catalogues)
    if not newest:
        raise UnknownDocument(catalogue=policy.catalogue_id)
    catalogue = rules.catalogues[f"{policy.catalogue_id}@{newest}"]
    known = {category.code for category in catalogue.categories}
    for rule in policy.routing:
        if rule.category is not None and rule.category not in known:
            raise UnknownDocument(category=rule.category)
        if rule.area is not None:
            rules.area(rule.area)
        for unit in (rule.unit, *rule.supporting):
            rules.unit(unit)
