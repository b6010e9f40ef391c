"""Which fields templates can name: those of every letter, and those of each kind alone."""

from collections.abc import Mapping
from datetime import date

from domain.document.values import DocumentKind
from services.documents.letter import Entry, Letter, Paragraph, Table

_ACT = (
    "subject",
    "item_number",
    "unit",
    "area",
    "occasion",
    "step",
    "due",
    "answer_by",
    "demand",
    "policy",
    "points",
    "summoner",
    "card",
    "act_number",
)
_CASE = ("case", "subject", "unit", "area", "occasion", "policy")

VALUES: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.REMINDER_NOTICE: _ACT,
    DocumentKind.SUPERVISION_ORDER: _ACT,
    DocumentKind.CRITICISM: _ACT,
    DocumentKind.SUMMONS: _ACT,
    DocumentKind.CARD: _ACT,
    DocumentKind.INTERVIEW_RECORD: (*_ACT, "held_at", "interviewer", "interviewed", "account", "undertaking"),
    DocumentKind.CASE_NOTICE: (*_CASE, "statement_by"),
    DocumentKind.DECISION: (
        *_CASE,
        "decision",
        "measure",
        "points",
        "reasons",
        "persons",
        "decided_by",
        "hearing",
        "appeal_by",
    ),
    DocumentKind.REVIEW_DECISION: (*_CASE, "decision", "measure", "points", "reasons", "reviewed_by", "outcome"),
    DocumentKind.DISPATCH_ORDER: (
        "subject",
        "item_number",
        "order_number",
        "unit",
        "supporting",
        "area",
        "address",
        "category",
        "channel",
        "reported",
        "step",
        "due",
        "rectify_by",
        "description",
    ),
    DocumentKind.BULLETIN: ("bulletin", "period", "as_of", "formulas", "bulletin_number", "edition"),
}


def sample(kind: DocumentKind) -> Letter:
    """A letter of a kind that has every part and every field, to try a template with."""
    return Letter(
        kind=kind,
        mark="样例机关文件",
        issuer="样例机关",
        number="样〔2026〕1号",
        date=date(2026, 1, 1),
        title="样例标题",
        addressee="样例单位",
        paragraphs=(Paragraph(text="一、样例", heading=True), Paragraph(text="样例正文。")),
        form=(Entry(label="样例项", text="样例内容"), Entry(label="样例项", text="第一行\n第二行")),
        tables=(Table(caption="样例表", columns=("甲", "乙", "丙"), widths=(1, 2, 3), rows=(("1", "2", "3"),) * 2),),
        closing=(Paragraph(text="样例结语。"),),
        signatures=("签字：",),
        copies=("样例抄送单位",),
        values=dict.fromkeys(VALUES[kind], "样例"),
    )
