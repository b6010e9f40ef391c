"""Every kind of aggregate there is, with its decider, its JSON and its list columns; the register of them all."""

from hashlib import sha256
from uuid import UUID

from pydantic import TypeAdapter

from domain.access import decisions as access_decisions
from domain.access.events import ACCESS_EVENTS
from domain.access.state import ACCESS_DAYS
from domain.access.state import evolve as evolve_access
from domain.accountability import decisions as case_decisions
from domain.accountability.events import CASE_EVENTS
from domain.accountability.state import CASES
from domain.accountability.state import evolve as evolve_case
from domain.bulk import decisions as bulk_decisions
from domain.bulk.events import BULK_EVENTS
from domain.bulk.state import BULKS
from domain.bulk.state import evolve as evolve_bulk
from domain.bulletin import decisions as bulletin_decisions
from domain.bulletin.events import BULLETIN_EVENTS
from domain.bulletin.state import Bulletin
from domain.bulletin.state import evolve as evolve_bulletin
from domain.campaign import decisions as campaign_decisions
from domain.campaign.events import CAMPAIGN_EVENTS
from domain.campaign.state import CAMPAIGNS
from domain.campaign.state import evolve as evolve_campaign
from domain.channel import decisions as channel_decisions
from domain.channel.events import CHANNEL_EVENTS
from domain.channel.state import Channel
from domain.channel.state import evolve as evolve_channel
from domain.decider import Command
from domain.designation import decisions as designation_decisions
from domain.designation.events import DESIGNATION_EVENTS
from domain.designation.state import DESIGNATIONS
from domain.designation.state import evolve as evolve_designation
from domain.document import decisions as document_decisions
from domain.document.events import DocumentIssued, TemplatePublished
from domain.document.state import IssuedDocument, Template, evolve_document, evolve_template
from domain.indicator import decisions as indicator_decisions
from domain.indicator.book import FormulaBook
from domain.indicator.events import FormulasPublished
from domain.item import decisions as item_decisions
from domain.item.commands import AbsorbItem, ItemCommand, MergeItem
from domain.item.events import ITEM_EVENTS
from domain.item.state import ITEMS, Item, evolve
from domain.notice import decisions as notice_decisions
from domain.notice.events import NOTICE_EVENTS
from domain.notice.state import Notice
from domain.notice.state import evolve as evolve_notice
from domain.obligation import decisions as obligation_decisions
from domain.obligation.events import OBLIGATION_EVENTS
from domain.obligation.state import OBLIGATIONS
from domain.obligation.state import evolve as evolve_obligation
from domain.organisation import decisions as organisation_decisions
from domain.organisation.events import AreaEvent, UnitEvent
from domain.organisation.state import Area, Unit
from domain.person import decisions as person_decisions
from domain.person.events import PersonErased
from domain.person.state import Erased
from domain.preferences import decisions as preferences_decisions
from domain.preferences.events import PreferencesSet
from domain.preferences.state import PersonsPreferences
from domain.preferences.state import evolve as evolve_preferences
from domain.principal import decisions as principal_decisions
from domain.principal.events import PrincipalEvent
from domain.principal.state import Principal
from domain.question import decisions as question_decisions
from domain.question.events import QUESTION_EVENTS
from domain.question.state import Question
from domain.question.state import evolve as evolve_question
from domain.rulebook import decisions as rulebook_decisions
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.events import CalendarPublished, CataloguePublished, PolicyPublished, StandardPublished
from domain.rulebook.standard import Standard
from domain.supervision import decisions as act_decisions
from domain.supervision.events import ACT_EVENTS
from domain.supervision.state import ACTS
from domain.supervision.state import evolve as evolve_act
from domain.webhook import decisions as webhook_decisions
from domain.webhook.events import WEBHOOK_EVENTS
from domain.webhook.state import Webhook
from services.handling import list_rows
from services.handling.aggregate import Aggregate


def _item_companion(command: ItemCommand, item: Item) -> tuple[UUID, Command] | None:
    if not isinstance(command, MergeItem):
        return None
    key = f"absorb:{sha256(command.command_id.encode()).hexdigest()}"
    file = item.dossier
    return command.into, AbsorbItem(
        command_id=key, at=command.at, actor=command.actor, item=file.item_id, duplicate=file.number
    )


ITEM = Aggregate(
    "item", item_decisions.decide, evolve, ITEM_EVENTS, ITEMS, list_rows.item_row, companion=_item_companion
)
UNIT = Aggregate(
    "unit",
    organisation_decisions.decide_unit,
    organisation_decisions.evolve_unit,
    TypeAdapter(UnitEvent),
    TypeAdapter(Unit),
    list_rows.unit_row,
    serial=True,
)
AREA = Aggregate(
    "area",
    organisation_decisions.decide_area,
    organisation_decisions.evolve_area,
    TypeAdapter(AreaEvent),
    TypeAdapter(Area),
    list_rows.area_row,
    serial=True,
)
CATALOGUE = Aggregate(
    "catalogue",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(CataloguePublished),
    TypeAdapter(Catalogue),
    list_rows.document_row,
    serial=True,
)
POLICY = Aggregate(
    "policy",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(PolicyPublished),
    TypeAdapter(Policy),
    list_rows.document_row,
    serial=True,
)
CALENDAR = Aggregate(
    "calendar",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(CalendarPublished),
    TypeAdapter(CalendarDocument),
    list_rows.document_row,
    serial=True,
)
STANDARD = Aggregate(
    "standard",
    rulebook_decisions.decide,
    rulebook_decisions.evolve,
    TypeAdapter(StandardPublished),
    TypeAdapter(Standard),
    list_rows.document_row,
    serial=True,
)
PRINCIPAL = Aggregate(
    "principal",
    principal_decisions.decide,
    principal_decisions.evolve,
    TypeAdapter(PrincipalEvent),
    TypeAdapter(Principal),
    list_rows.principal_row,
    serial=True,
)
PERSON = Aggregate(
    "person",
    person_decisions.decide,
    person_decisions.evolve,
    TypeAdapter(PersonErased),
    TypeAdapter(Erased),
    list_rows.person_row,
    serial=True,
)
CAMPAIGN = Aggregate(
    "campaign", campaign_decisions.decide, evolve_campaign, CAMPAIGN_EVENTS, CAMPAIGNS, list_rows.campaign_row
)
OBLIGATION = Aggregate(
    "obligation",
    obligation_decisions.decide,
    evolve_obligation,
    OBLIGATION_EVENTS,
    OBLIGATIONS,
    list_rows.obligation_row,
)
FORMULAS = Aggregate(
    "formulas",
    indicator_decisions.decide,
    indicator_decisions.evolve,
    TypeAdapter(FormulasPublished),
    TypeAdapter(FormulaBook),
    list_rows.document_row,
    serial=True,
)
DESIGNATION = Aggregate(
    "designation",
    designation_decisions.decide,
    evolve_designation,
    DESIGNATION_EVENTS,
    DESIGNATIONS,
    list_rows.designation_row,
)
BULLETIN = Aggregate(
    "bulletin",
    bulletin_decisions.decide,
    evolve_bulletin,
    BULLETIN_EVENTS,
    TypeAdapter(Bulletin),
    list_rows.bulletin_row,
)
CHANNEL = Aggregate(
    "channel",
    channel_decisions.decide,
    evolve_channel,
    CHANNEL_EVENTS,
    TypeAdapter(Channel),
    list_rows.channel_row,
    serial=True,
)
NOTICE = Aggregate(
    "notice", notice_decisions.decide, evolve_notice, NOTICE_EVENTS, TypeAdapter(Notice), list_rows.notice_row
)
PREFERENCES = Aggregate(
    "preferences",
    preferences_decisions.decide,
    evolve_preferences,
    TypeAdapter(PreferencesSet),
    TypeAdapter(PersonsPreferences),
    list_rows.preferences_row,
)
WEBHOOK = Aggregate(
    "webhook",
    webhook_decisions.decide,
    webhook_decisions.evolve,
    WEBHOOK_EVENTS,
    TypeAdapter(Webhook),
    list_rows.webhook_row,
    serial=True,
)
ACT = Aggregate("act", act_decisions.decide, evolve_act, ACT_EVENTS, ACTS, list_rows.act_row)
BULK = Aggregate("bulk", bulk_decisions.decide, evolve_bulk, BULK_EVENTS, BULKS, list_rows.bulk_row)
_OF_NOTIFYING = (CHANNEL, NOTICE, PREFERENCES)
CASE = Aggregate("case", case_decisions.decide, evolve_case, CASE_EVENTS, CASES, list_rows.case_row)
DOCUMENT = Aggregate(
    "document",
    document_decisions.decide_document,
    evolve_document,
    TypeAdapter(DocumentIssued),
    TypeAdapter(IssuedDocument),
    list_rows.issued_document_row,
)
TEMPLATE = Aggregate(
    "template",
    document_decisions.decide_template,
    evolve_template,
    TypeAdapter(TemplatePublished),
    TypeAdapter(Template),
    list_rows.template_row,
)
ACCESS = Aggregate("access", access_decisions.decide, evolve_access, ACCESS_EVENTS, ACCESS_DAYS, list_rows.access_row)
_OF_DOCUMENTS = (DOCUMENT, TEMPLATE)
QUESTION = Aggregate(
    "question",
    question_decisions.decide,
    evolve_question,
    QUESTION_EVENTS,
    TypeAdapter(Question),
    list_rows.question_row,
)
_OF_THE_RULEBOOK = (UNIT, AREA, CATALOGUE, POLICY, CALENDAR, STANDARD, FORMULAS)
AGGREGATES = {
    aggregate.kind: aggregate
    for aggregate in (
        ITEM,
        *_OF_THE_RULEBOOK,
        *_OF_NOTIFYING,
        *_OF_DOCUMENTS,
        PRINCIPAL,
        PERSON,
        CAMPAIGN,
        OBLIGATION,
        ACT,
        DESIGNATION,
        BULLETIN,
        BULK,
        CASE,
        WEBHOOK,
        QUESTION,
        ACCESS,
    )
}
