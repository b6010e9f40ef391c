"""The letters of supervision 督办文书: what an act says to its unit, and the record of an interview."""

from datetime import datetime

from domain.accountability.values import Number, RungCause
from domain.document.values import DocumentKind
from domain.rulebook.rulebook import Rulebook
from domain.supervision.events import ActPlanned, InterviewRecorded
from domain.supervision.values import DOCUMENT_OF_ACT
from services.documents.letter import Entry, Letter, Paragraph, passages
from services.documents.letters.wording import Reader, entry, points_off, say, word, wording

# Goes to everybody, and so in the form of a document 文件.
_TO_ALL = DocumentKind.CRITICISM


def act_letter(planned: ActPlanned, number: Number, at: datetime, rules: Rulebook) -> Letter:
    """The letter of an act, as issued at an instant under its number."""
    kind, reader = DOCUMENT_OF_ACT[planned.kind], Reader(rules, planned.campaign_id)
    who = reader.unit(planned.unit) if kind is _TO_ALL else say("to_the_unit")
    values = _values(planned, number.text, reader, who)
    issuer = reader.office()
    return Letter(
        kind=kind,
        mark=say("mark_document", issuer=issuer) if kind is _TO_ALL else issuer,
        issuer=issuer,
        number=number.text,
        date=reader.day(at),
        title=say(kind, "title", **values),
        addressee=say("everybody") if kind is _TO_ALL else values["unit"],
        paragraphs=tuple(Paragraph(text=say_line(line, values)) for line in wording()[kind]["paragraphs"]),
        form=_form(planned, values) if kind is DocumentKind.SUPERVISION_ORDER else (),
        copies=(reader.leading_group(),) if planned.points and kind is not DocumentKind.SUPERVISION_ORDER else (),
        values=values,
        units=(planned.unit,),
        area=planned.area,
    )


def interview_letter(planned: ActPlanned, number: Number, recorded: InterviewRecorded, rules: Rulebook) -> Letter:
    """The record of an interview 约谈记录. People stand in it by their ids and sign by hand."""
    kind, reader = DocumentKind.INTERVIEW_RECORD, Reader(rules, planned.campaign_id)
    issuer, values = reader.office(), _values(planned, number.text, reader, reader.unit(planned.unit))
    values |= {
        "held_at": reader.instant(recorded.held_at),
        "interviewer": recorded.interviewer,
        "interviewed": "、".join(recorded.interviewed),
        "account": recorded.account,
        "undertaking": recorded.undertaking,
    }
    late = (Paragraph(text=say(kind, "late")),) if recorded.late else ()
    return Letter(
        kind=kind,
        mark=issuer,
        issuer=issuer,
        number=number.text,
        date=reader.day(recorded.occurred_at),
        title=say(kind, "title"),
        form=(
            entry("unit", values["unit"]),
            entry("held_at", values["held_at"]),
            entry("interviewer", values["interviewer"]),
            entry("interviewed", values["interviewed"]),
            entry("occasion", values["occasion"]),
        ),
        closing=(
            Paragraph(text=say(kind, "account"), heading=True),
            *passages(recorded.account),
            Paragraph(text=say(kind, "undertaking"), heading=True),
            *passages(recorded.undertaking),
            *late,
        ),
        signatures=tuple(wording()[kind]["signatures"]),
        values=values,
        units=(planned.unit,),
        area=planned.area,
    )


def say_line(template: str, values: dict[str, str]) -> str:
    """One of a letter's paragraphs."""
    return template.format_map(values)


def _values(planned: ActPlanned, number: str, reader: Reader, who: str) -> dict[str, str]:
    demand = reader.demand(planned.answer_by)
    if DOCUMENT_OF_ACT[planned.kind] is DocumentKind.SUMMONS:
        told = "summons_answer" if planned.answer_by else "summons_no_answer"
        demand = say(told, answer_by=reader.instant(planned.answer_by))
    cause = planned.cause
    return {
        "subject": cause.title if isinstance(cause, RungCause) else planned.title.zh,
        "item_number": cause.number if isinstance(cause, RungCause) else say("unknown"),
        "unit": reader.unit(planned.unit),
        "area": reader.area(planned.area),
        "occasion": reader.occasion(cause, who),
        "step": word("step", cause.clock_kind) if isinstance(cause, RungCause) else say("unknown"),
        "due": reader.instant(cause.due_at) if isinstance(cause, RungCause) else say("unknown"),
        "answer_by": reader.instant(planned.answer_by),
        "demand": demand,
        "policy": reader.policy(planned.policy_version),
        "points": points_off(planned.points),
        "summoner": word("summoner", planned.summoned_by or "campaign_office"),
        "card": word("card_colour", planned.kind),
        "act_number": number,
    }


def _form(planned: ActPlanned, values: dict[str, str]) -> tuple[Entry, ...]:
    demand = say(DocumentKind.SUPERVISION_ORDER, "demand", demand=values["demand"])
    missed = isinstance(planned.cause, RungCause) and planned.cause.is_missed_deadline
    lines = [
        entry("subject", values["subject"]),
        entry("number", values["item_number"]),
        entry("unit", values["unit"]),
        entry("step" if missed else "step_in_time", values["step"]),
        entry("due" if missed else "due_in_time", values["due"]),
        entry("occasion", values["occasion"]),
        entry("demand", demand),
        entry("answer_by", values["answer_by"]),
        entry("policy", values["policy"]),
    ]
    return (*lines, entry("points", str(planned.points))) if planned.points else tuple(lines)
