"""What each kind of aggregate is made of: its decider, its JSON, and the columns that lists filter by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, TypeAdapter

from domain.bulk import decisions as bulk_decisions
from domain.bulk.events import BULK_EVENTS
from domain.bulk.state import BULKS, Bulk, Working
from domain.bulk.state import evolve as evolve_bulk
from domain.bulletin import decisions as bulletin_decisions
from domain.bulletin.events import BULLETIN_EVENTS
from domain.bulletin.state import Bulletin
from domain.bulletin.state import evolve as evolve_bulletin
from domain.campaign import decisions as campaign_decisions
from domain.campaign.due import next_due as next_due_in_campaign
from domain.campaign.events import CAMPAIGN_EVENTS
from domain.campaign.state import CAMPAIGNS, Campaign
from domain.campaign.state import evolve as evolve_campaign
from domain.decider import Command
from domain.designation import decisions as designation_decisions
from domain.designation.events import DESIGNATION_EVENTS
from domain.designation.state import DESIGNATIONS, Designation
from domain.designation.state import evolve as evolve_designation
from domain.indicator import decisions as indicator_decisions
from domain.indicator.book import FormulaBook
from domain.indicator.events import FormulasPublished
from domain.item import decisions as item_decisions
from domain.item.commands import AbsorbItem, ItemCommand, MergeItem
from domain.item.due import next_due
from domain.item.events import ITEM_EVENTS
from domain.item.state import ITEMS, OPEN_STATUSES, Item, assignment_of, evolve, running_clock
from domain.ladder import RUNGS
from domain.obligation import decisions as obligation_decisions
from domain.obligation.due import next_due as next_due_on_obligation
from domain.obligation.events import OBLIGATION_EVENTS
from domain.obligation.state import OBLIGATIONS, Obligation
from domain.obligation.state import evolve as evolve_obligation
from domain.obligation.state import running_clock as running_clock_on_obligation
from domain.organisation import decisions as organisation_decisions
from domain.organisation.events import AreaEvent, UnitEvent
from domain.organisation.state import Area, Unit
from domain.person import decisions as person_decisions
from domain.person.events import PersonErased
from domain.person.state import Erased
from domain.principal import decisions as principal_decisions
from domain.principal.events import PrincipalEvent
from domain.principal.state import Principal
from domain.rulebook import decisions as rulebook_decisions
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.events import CalendarPublished, CataloguePublished, PolicyPublished, StandardPublished
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.standard import Standard
from services.store.records import ListRow

_STREAMS = UUID("7f0c8a54-2f0e-5c0a-9d53-6f1f0b6f7a11")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A kind of stream. ``decide`` takes (command, state, rulebook), ``evolve`` (state, event), ``row`` the state.

    ``serial``: a decision looks at others of these kinds, so they are made one after the other, in all processes.
    ``companion``: a command about another of the same kind that a command brings with it: both are written, or none.
    """

    kind: str
    decide: Callable[[Any, Any, Rulebook], Sequence[BaseModel]]
    evolve: Callable[[Any, Any], Any]
    events: TypeAdapter[Any]
    states: TypeAdapter[Any]
    row: Callable[[Any], ListRow]
    serial: bool = False
    companion: Callable[[Any, Any], tuple[UUID, Command] | None] = lambda _command, _state: None

    def stream(self, key: str) -> UUID:
        """The stream of an aggregate that is known by a key of the field, such as a unit's code."""
        return uuid5(_STREAMS, f"{self.kind}:{key}")


def _item_companion(command: ItemCommand, item: Item) -> tuple[UUID, Command] | None:
    if not isinstance(command, MergeItem):
        return None
    key = f"absorb:{sha256(command.command_id.encode()).hexdigest()}"
    file = item.dossier
    return command.into, AbsorbItem(
        command_id=key, at=command.at, actor=command.actor, item=file.item_id, duplicate=file.number
    )


def _item_row(item: Item) -> ListRow:
    file, assignment, clock, due = item.dossier, assignment_of(item), running_clock(item), next_due(item)
    return ListRow(
        number=file.number,
        status=item.status,
        open=item.status in OPEN_STATUSES,
        campaign_id=file.campaign_id,
        unit=assignment.unit if assignment else None,
        area=file.issue.area,
        category=file.issue.category,
        channel=file.issue.channel,
        source=file.issue.source,
        title=file.issue.title,
        reported_at=file.reported_at,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=(due.rung or due.what) if due else None,
        highest_rung=max((climb.rung for climb in file.climbs), key=RUNGS.index, default=None),
        supporting=(assignment.supporting or None) if assignment else None,
    )


def _unit_row(unit: Unit) -> ListRow:
    return ListRow(
        number=unit.code, status="dissolved" if unit.dissolved else "active", unit=unit.code, title=unit.name.zh
    )


def _area_row(area: Area) -> ListRow:
    return ListRow(
        number=area.code, status="abolished" if area.abolished else "active", area=area.code, title=area.name.zh
    )


def _principal_row(principal: Principal) -> ListRow:
    standing = principal.standing
    return ListRow(
        number=principal.principal_id,
        status="active" if principal.active else "deactivated",
        unit=standing.unit,
        area=standing.area,
    )


def _person_row(person: Erased) -> ListRow:
    return ListRow(number=person.person_id, status="erased")


def _campaign_row(campaign: Campaign) -> ListRow:
    plan, due = campaign.plan, next_due_in_campaign(campaign)
    return ListRow(
        number=plan.campaign_id,
        status=campaign.status,
        open=campaign.status in ("running", "paused"),
        campaign_id=plan.campaign_id,
        unit=plan.office,
        category=plan.title,
        title=plan.name.zh,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def _obligation_row(obligation: Obligation) -> ListRow:
    record, due = obligation.record, next_due_on_obligation(obligation)
    clock = running_clock_on_obligation(obligation)
    return ListRow(
        number=record.number,
        status=obligation.status,
        open=clock is not None,
        campaign_id=record.campaign_id,
        unit=record.unit,
        category=record.owed.kind,
        title=record.title.zh,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=(due.rung or due.what) if due else None,
        highest_rung=max((climb.rung for climb in record.climbs), key=RUNGS.index, default=None),
        supporting=(record.owed.supporting or None) if record.owed.kind == "task" else None,
    )


def _designation_row(designation: Designation) -> ListRow:
    grant = designation.grant
    return ListRow(
        number=f"{grant.campaign_id}/{grant.designation}/{grant.area}",
        status=designation.status,
        campaign_id=grant.campaign_id,
        area=grant.area,
        category=grant.designation,
        reported_at=grant.granted_at,
    )


def _bulk_row(bulk: Bulk) -> ListRow:
    progress, working = bulk.progress, isinstance(bulk, Working)
    return ListRow(
        number=str(progress.operation_id),
        status=bulk.status,
        open=bulk.status in ("working", "paused"),
        campaign_id=progress.selection.campaign_id,
        category=progress.operation.kind,
        title=progress.reason,
        reported_at=progress.started_at,
        next_due_at=progress.updated_at if working else None,
        next_due="page" if working else None,
    )


def _bulletin_row(bulletin: Bulletin) -> ListRow:
    return ListRow(
        number=bulletin.number,
        status="corrected" if bulletin.newest.corrects else "published",
        campaign_id=bulletin.campaign_id,
        category=bulletin.kind,
        reported_at=bulletin.editions[0].published_at,
    )


def _document_row(document: Catalogue | Policy | CalendarDocument | Standard | FormulaBook) -> ListRow:
    return ListRow(number=document.ref, status="published")


ITEM = Aggregate("item", item_decisions.decide, evolve, ITEM_EVENTS, ITEMS, _item_row, companion=_item_companion)
UNIT = Aggregate(
    "unit",
    organisation_decisions.decide_unit,
    organisation_decisions.evolve_unit,
    TypeAdapter(UnitEvent),
    TypeAdapter(Unit),
    _unit_row,
    serial=True,
)
AREA = Aggregate(
    "area",
    organisation_decisions.decide_area,
    organisation_decisions.evolve_area,
    TypeAdapter(AreaEvent),
    TypeAdapter(Area),
    _area_row,
    serial=True,
)
CATALOGUE = Aggregate(
    "catalogue",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(CataloguePublished),
    TypeAdapter(Catalogue),
    _document_row,
    serial=True,
)
POLICY = Aggregate(
    "policy",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(PolicyPublished),
    TypeAdapter(Policy),
    _document_row,
    serial=True,
)
CALENDAR = Aggregate(
    "calendar",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(CalendarPublished),
    TypeAdapter(CalendarDocument),
    _document_row,
    serial=True,
)
STANDARD = Aggregate(
    "standard",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(StandardPublished),
    TypeAdapter(Standard),
    _document_row,
    serial=True,
)
PRINCIPAL = Aggregate(
    "principal",
    principal_decisions.decide,
    principal_decisions.evolve,
    TypeAdapter(PrincipalEvent),
    TypeAdapter(Principal),
    _principal_row,
    serial=True,
)
PERSON = Aggregate(
    "person",
    person_decisions.decide,
    person_decisions.evolve,
    TypeAdapter(PersonErased),
    TypeAdapter(Erased),
    _person_row,
    serial=True,
)
CAMPAIGN = Aggregate("campaign", campaign_decisions.decide, evolve_campaign, CAMPAIGN_EVENTS, CAMPAIGNS, _campaign_row)
OBLIGATION = Aggregate(
    "obligation",
    obligation_decisions.decide,
    evolve_obligation,
    OBLIGATION_EVENTS,
    OBLIGATIONS,
    _obligation_row,
)
FORMULAS = Aggregate(
    "formulas",
    indicator_decisions.decide,
    indicator_decisions.evolve,
    TypeAdapter(FormulasPublished),
    TypeAdapter(FormulaBook),
    _document_row,
    serial=True,
)
DESIGNATION = Aggregate(
    "designation",
    designation_decisions.decide,
    evolve_designation,
    DESIGNATION_EVENTS,
    DESIGNATIONS,
    _designation_row,
)
BULLETIN = Aggregate(
    "bulletin", bulletin_decisions.decide, evolve_bulletin, BULLETIN_EVENTS, TypeAdapter(Bulletin), _bulletin_row
)
BULK = Aggregate("bulk", bulk_decisions.decide, evolve_bulk, BULK_EVENTS, BULKS, _bulk_row)
_OF_THE_RULEBOOK = (UNIT, AREA, CATALOGUE, POLICY, CALENDAR, STANDARD, FORMULAS)
AGGREGATES = {
    aggregate.kind: aggregate
    for aggregate in (ITEM, *_OF_THE_RULEBOOK, PRINCIPAL, PERSON, CAMPAIGN, OBLIGATION, DESIGNATION, BULLETIN, BULK)
}
