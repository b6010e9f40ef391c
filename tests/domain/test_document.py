"""Documents are issued once by those who may, and templates replaced by the office, version by version."""

from typing import Any

import pytest

from domain.actor import Actor
from domain.document import rejections as r
from domain.document.commands import IssueDocument, PublishTemplate
from domain.document.decisions import FilesMissingError, decide_document, decide_template
from domain.document.state import evolve_document, evolve_template
from domain.document.values import AboutBulletin, AboutItem, AboutItems, DocumentKind, DocumentRef
from domain.errors import Forbidden, Rejection
from tests.domain.clocks import november
from tests.domain.item_samples import ADMINISTRATOR, AUDITOR, HANDLER, HOTLINE, ITEM, LEADER, OFFICE, RULES

REF = DocumentRef(kind=DocumentKind.DISPATCH_ORDER, format="pdf", sha256="a" * 64, template="gbt9704@builtin-1")


def asked(actor: Actor = OFFICE, **changes: Any) -> IssueDocument:
    content = {
        "command_id": "1",
        "at": november(16, 9),
        "actor": actor,
        "document_id": ITEM,
        "kind": DocumentKind.DISPATCH_ORDER,
        "about": AboutItem(stream_id=ITEM),
        "as_of": november(16, 9),
        "documents": (REF,),
    }
    return IssueDocument(**{**content, **changes})


def template(actor: Actor = OFFICE, **changes: Any) -> PublishTemplate:
    content = {
        "command_id": "1",
        "at": november(16, 9),
        "actor": actor,
        "kind": DocumentKind.DECISION,
        "sha256": "a" * 64,
    }
    return PublishTemplate(**{**content, **changes})


LEDGER = {"kind": DocumentKind.LEDGER, "about": AboutItems()}


@pytest.mark.parametrize(
    ("actor", "changes"), [(OFFICE, {}), *((actor, LEDGER) for actor in (OFFICE, HANDLER, LEADER, AUDITOR))]
)
def test_a_document_says_what_it_is_about_who_had_it_drawn_up_and_its_files(actor: Actor, changes: dict[str, Any]):
    command = asked(actor, **changes)
    [event] = decide_document(command, None, RULES)
    document = evolve_document(None, event)
    assert (document.issued_by, document.documents, document.about) == (actor.principal, (REF,), command.about)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (asked(HOTLINE), Forbidden),
        (asked(ADMINISTRATOR), Forbidden),
        (asked(ADMINISTRATOR, **LEDGER), Forbidden),
        (asked(HOTLINE, **LEDGER), Forbidden),
        *((asked(actor), Forbidden) for actor in (HANDLER, LEADER, AUDITOR)),
        (asked(kind=DocumentKind.DECISION), r.NotOnDemand),
        (asked(about=AboutItems()), r.NotOnDemand),
        (asked(kind=DocumentKind.BULLETIN), r.NotOnDemand),
        (asked(kind=DocumentKind.LEDGER, about=AboutBulletin(stream_id=ITEM)), r.NotOnDemand),
    ],
)
def test_what_is_not_drawn_up_on_demand_or_by_these_people_is_refused(command: IssueDocument, reason: type[Rejection]):
    with pytest.raises(reason):
        decide_document(command, None, RULES)


def test_a_document_is_issued_once():
    [event] = decide_document(asked(), None, RULES)
    with pytest.raises(r.DocumentExists):
        decide_document(asked(), evolve_document(None, event), RULES)


def test_no_event_names_a_document_without_files():
    with pytest.raises(FilesMissingError):
        decide_document(asked(documents=()), None, RULES)


def test_versions_of_a_template_are_counted_and_the_last_is_in_force():
    state = None
    for version, sha256 in enumerate(("a" * 64, "b" * 64, "a" * 64), 1):
        [event] = decide_template(template(sha256=sha256, note="改版"), state, RULES)
        state = evolve_template(state, event)
        assert (state.newest.version, state.newest.sha256) == (version, sha256)
    with pytest.raises(r.TemplateUnchanged):
        decide_template(template(), state, RULES)


@pytest.mark.parametrize("actor", [HANDLER, LEADER, AUDITOR, HOTLINE, ADMINISTRATOR])
def test_only_the_office_replaces_a_template(actor: Actor):
    with pytest.raises(Forbidden):
        decide_template(template(actor), None, RULES)


def test_a_ledger_has_no_template():
    with pytest.raises(r.NoTemplateOfKind):
        decide_template(template(kind=DocumentKind.LEDGER), None, RULES)
