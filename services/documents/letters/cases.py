"""The letters of an accountability case: notice to the unit 告知书, decision 问责决定 and review 复核决定."""

from collections.abc import Mapping
from datetime import datetime

from domain.accountability.events import CaseDecided, CaseOpened, DecisionReviewed
from domain.accountability.rules import Measure
from domain.accountability.values import RungCause
from domain.document.values import DocumentKind
from domain.rulebook.rulebook import Rulebook
from services.documents.letter import Letter, Paragraph, passages
from services.documents.letters.wording import Reader, entry, grounds_table, points_off, say, word, wording

_NOBODY: Mapping[str, str] = {}


def case_notice_letter(opened: CaseOpened, at: datetime, statement_due: datetime | None, rules: Rulebook) -> Letter:
    """问责告知书: what the unit is accused of, until when it can state its case, and its rights."""
    kind, reader = DocumentKind.CASE_NOTICE, Reader(rules, opened.campaign_id)
    issuer, values = reader.office(), _values(opened, opened.policy_version, reader)
    values["statement_by"] = reader.instant(statement_due)
    return Letter(
        kind=kind,
        mark=issuer,
        issuer=issuer,
        number=opened.number.text,
        date=reader.day(at),
        title=say(kind, "title"),
        addressee=values["unit"],
        paragraphs=_paragraphs(kind, values),
        values=values,
        units=(opened.unit,),
        area=opened.area,
    )


def decision_letter(
    opened: CaseOpened,
    decided: CaseDecided,
    rules: Rulebook,
    numbers: Mapping[str, str] = _NOBODY,
    *,
    heard: bool = True,
) -> Letter:
    """问责决定: the facts, the measure, the right of appeal, and what it rests on.

    ``heard``: the unit has made its statement; else it let the period for it pass.
    ``numbers``: of the items and obligations among the grounds by id, where known; others are written by their ids.
    """
    kind, reader = DocumentKind.DECISION, Reader(rules, opened.campaign_id)
    issuer, values = reader.leading_group(), _values(opened, decided.policy_version, reader)
    values |= {
        "decision": decided.number.text,
        "measure": word("measure", decided.measure),
        "points": points_off(decided.points),
        "reasons": decided.reasons,
        "persons": "、".join(decided.persons),
        "decided_by": decided.decided_by,
        "hearing": say(kind, "hearing", "heard" if heard else "silent"),
        "appeal_by": reader.instant(decided.clock.due_at if decided.clock else None),
    }
    spoken = "no_fault_text" if decided.measure is Measure.NO_FAULT else "measure_text"
    rights = (
        Paragraph(text=say(kind, "rights"), heading=True),
        Paragraph(text=say(kind, "rights_text", **values)),
    )
    return Letter(
        kind=kind,
        mark=say("mark_document", issuer=issuer),
        issuer=issuer,
        number=decided.number.text,
        date=reader.day(decided.occurred_at),
        title=say(kind, "title", **values),
        addressee=values["unit"],
        paragraphs=(
            *_paragraphs(kind, values),
            Paragraph(text=say(kind, "reasons"), heading=True),
            *passages(decided.reasons),
            Paragraph(text=say(kind, "measure"), heading=True),
            Paragraph(text=say(kind, spoken, **values)),
            *(rights if decided.clock else ()),
        ),
        form=(
            entry("case", values["case"]),
            entry("measure", values["measure"]),
            entry("policy", values["policy"]),
            entry("persons", values["persons"]),
            entry("decided_by", values["decided_by"]),
        ),
        tables=grounds_table(decided.grounds, _known(opened, numbers)),
        copies=(reader.office(),),
        values=values,
        units=(opened.unit,),
        area=opened.area,
    )


def review_letter(
    opened: CaseOpened,
    decided: CaseDecided,
    reviewed: DecisionReviewed,
    rules: Rulebook,
    numbers: Mapping[str, str] = _NOBODY,
) -> Letter:
    """复核决定: whether the appeal is upheld, and what holds now; it is final."""
    kind, reader = DocumentKind.REVIEW_DECISION, Reader(rules, opened.campaign_id)
    issuer, values = reader.leading_group(), _values(opened, reviewed.policy_version, reader)
    values |= {
        "decision": decided.number.text,
        "measure": word("measure", reviewed.measure),
        "points": points_off(reviewed.points),
        "reasons": reviewed.reasons,
        "reviewed_by": reviewed.reviewed_by,
        "outcome": say(kind, "outcomes", "upheld" if reviewed.upheld else "rejected"),
    }
    spoken = "rejected"
    if reviewed.upheld:
        spoken = "upheld_no_fault" if reviewed.measure is Measure.NO_FAULT else "upheld"
    return Letter(
        kind=kind,
        mark=say("mark_document", issuer=issuer),
        issuer=issuer,
        number=reviewed.number.text,
        date=reader.day(reviewed.occurred_at),
        title=say(kind, "title", **values),
        addressee=values["unit"],
        paragraphs=(
            *_paragraphs(kind, values),
            Paragraph(text=say(kind, "reasons"), heading=True),
            *passages(reviewed.reasons),
            Paragraph(text=say(kind, "outcome"), heading=True),
            Paragraph(text=say(kind, spoken, **values)),
            Paragraph(text=say(kind, "final")),
        ),
        form=(
            entry("case", values["case"]),
            entry("decision", values["decision"]),
            entry("outcome", values["outcome"]),
            entry("measure", values["measure"]),
            entry("policy", values["policy"]),
            entry("reviewed_by", values["reviewed_by"]),
        ),
        tables=grounds_table(reviewed.grounds, _known(opened, numbers)),
        copies=(reader.office(),),
        values=values,
        units=(opened.unit,),
        area=opened.area,
    )


def _paragraphs(kind: DocumentKind, values: Mapping[str, str]) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text=line.format_map(values)) for line in wording()[kind]["paragraphs"])


def _values(opened: CaseOpened, policy_version: str, reader: Reader) -> dict[str, str]:
    return {
        "case": opened.number.text,
        "subject": opened.title.zh,
        "unit": reader.unit(opened.unit),
        "area": reader.area(opened.area),
        "occasion": reader.occasion(opened.cause, say("to_the_unit")),
        "policy": reader.policy(policy_version),
    }


def _known(opened: CaseOpened, numbers: Mapping[str, str]) -> Mapping[str, str]:
    cause = opened.cause
    return {str(cause.stream_id): cause.number, **numbers} if isinstance(cause, RungCause) else numbers
