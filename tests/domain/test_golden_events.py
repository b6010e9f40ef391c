"""Events are for ever: one stored example of every event type ever written must keep loading, with the same meaning."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from domain.access.events import ACCESS_EVENTS, AccessEvent
from domain.accountability.events import CASE_EVENTS, CaseEvent
from domain.bulk.events import BULK_EVENTS, BulkEvent
from domain.bulletin.events import BULLETIN_EVENTS, BulletinEvent
from domain.campaign.events import CAMPAIGN_EVENTS, CampaignEvent
from domain.channel.events import CHANNEL_EVENTS, ChannelEvent
from domain.decider import Event
from domain.designation.events import DESIGNATION_EVENTS, DesignationEvent
from domain.document.events import DocumentIssued, TemplatePublished
from domain.indicator.events import FormulasPublished
from domain.item.events import ITEM_EVENTS, ItemEvent
from domain.notice.events import NOTICE_EVENTS, NoticeEvent
from domain.obligation.events import OBLIGATION_EVENTS, ObligationEvent
from domain.organisation.events import AreaEvent, UnitEvent
from domain.person.events import PersonErased
from domain.preferences.events import PreferencesSet
from domain.principal.events import PrincipalEvent
from domain.question.events import QUESTION_EVENTS, QuestionEvent
from domain.rulebook.events import CalendarPublished, CataloguePublished, PolicyPublished, StandardPublished
from domain.supervision.events import ACT_EVENTS, ActEvent
from domain.webhook.events import WEBHOOK_EVENTS, WebhookEvent

GOLDEN = Path(__file__).parent / "golden"
KINDS: dict[str, tuple[TypeAdapter[Any], Any]] = {
    "item": (ITEM_EVENTS, ItemEvent),
    "campaign": (CAMPAIGN_EVENTS, CampaignEvent),
    "obligation": (OBLIGATION_EVENTS, ObligationEvent),
    "act": (ACT_EVENTS, ActEvent),
    "designation": (DESIGNATION_EVENTS, DesignationEvent),
    "bulk": (BULK_EVENTS, BulkEvent),
    "case": (CASE_EVENTS, CaseEvent),
    "document": (TypeAdapter(DocumentIssued), DocumentIssued),
    "template": (TypeAdapter(TemplatePublished), TemplatePublished),
    "formulas": (TypeAdapter(FormulasPublished), FormulasPublished),
    "bulletin": (BULLETIN_EVENTS, BulletinEvent),
    "channel": (CHANNEL_EVENTS, ChannelEvent),
    "notice": (NOTICE_EVENTS, NoticeEvent),
    "preferences": (TypeAdapter(PreferencesSet), PreferencesSet),
    "unit": (TypeAdapter(UnitEvent), UnitEvent),
    "area": (TypeAdapter(AreaEvent), AreaEvent),
    "catalogue": (TypeAdapter(CataloguePublished), CataloguePublished),
    "policy": (TypeAdapter(PolicyPublished), PolicyPublished),
    "calendar": (TypeAdapter(CalendarPublished), CalendarPublished),
    "standard": (TypeAdapter(StandardPublished), StandardPublished),
    "principal": (TypeAdapter(PrincipalEvent), PrincipalEvent),
    "person": (TypeAdapter(PersonErased), PersonErased),
    "webhook": (WEBHOOK_EVENTS, WebhookEvent),
    "question": (QUESTION_EVENTS, QuestionEvent),
    "access": (ACCESS_EVENTS, AccessEvent),
}
FILES = sorted(GOLDEN.glob("*/*.json"))


def classes(union: Any) -> set[type[Event]]:
    """The event classes behind a union, an annotated one, or a single class."""
    if isinstance(union, type):
        return {union} if issubclass(union, Event) else set()
    return set().union(*(classes(part) for part in get_args(union)))


def load(file: Path) -> Event:
    return KINDS[file.parent.name][0].validate_json(file.read_bytes())


def content(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def as_stored(event: Event) -> Any:
    return json.loads(event.model_dump_json(exclude_none=True))


def within(smaller: Any, larger: Any) -> bool:
    """Say whether everything in one JSON value stands in another; an object there may have more fields."""
    if isinstance(smaller, dict) and isinstance(larger, dict):
        return all(name in larger and within(value, larger[name]) for name, value in smaller.items())
    if isinstance(smaller, list) and isinstance(larger, list):
        return len(smaller) == len(larger) and all(map(within, smaller, larger))
    return type(smaller) is type(larger) and smaller == larger


def shapes(value: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Every field of every model inside a value that the stored form really holds."""
    if isinstance(value, BaseModel):
        for name in value.model_fields_set:
            inner = getattr(value, name)
            if inner is not None:
                yield type(value), name
                yield from shapes(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from shapes(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from shapes(inner)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_event_loads_and_means_what_it_meant(file):
    event = load(file)
    assert file.stem.partition("+")[0] == event.type
    assert within(content(file), as_stored(event))
    assert KINDS[file.parent.name][0].validate_python(as_stored(event)) == event


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_type_has_a_stored_example(kind):
    types = {event.model_fields["type"].default for event in classes(KINDS[kind][1])}
    assert types
    assert types == {file.stem for file in FILES if file.parent.name == kind and "+" not in file.stem}


def test_every_field_that_can_be_stored_is_stored_in_some_example():
    stored = {shape for file in FILES for shape in shapes(load(file))}
    models = {model for model, _ in stored}
    fields = {(model, name) for model in models for name in model.model_fields}
    assert {f"{model.__name__}.{name}" for model, name in fields - stored} == set()


def test_no_example_stands_in_a_folder_nobody_reads():
    assert {file.parent.name for file in FILES} == set(KINDS)
