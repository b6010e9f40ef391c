"""The dispatch order 交办单 of a rectification item, as it lies with its unit."""

from datetime import datetime

from domain.document.rejections import NotDispatched
from domain.document.values import DocumentKind
from domain.item.state import Item, assignment_of, running_clock
from domain.rulebook.rulebook import Rulebook
from services.documents.letter import Letter, Paragraph, passages
from services.documents.letters.wording import Reader, entry, say, word, wording


def dispatch_letter(item: Item, rules: Rulebook, at: datetime | None = None) -> Letter:
    """The dispatch order, dated as of an instant, or when the item last changed; raises NotDispatched."""
    assignment, file = assignment_of(item), item.dossier
    if assignment is None:
        raise NotDispatched
    kind, reader, issue = DocumentKind.DISPATCH_ORDER, Reader(rules, file.campaign_id), file.issue
    issuer, clock = reader.office(), running_clock(item)
    supporting = "、".join(reader.unit(unit) for unit in assignment.supporting)
    values = {
        "subject": issue.title,
        "item_number": file.number,
        "order_number": assignment.order_number,
        "unit": reader.unit(assignment.unit),
        "supporting": supporting,
        "area": reader.area(issue.area),
        "address": (issue.location.address if issue.location else None) or "",
        "category": reader.category(issue.category),
        "channel": word("channel", issue.channel),
        "reported": reader.instant(file.reported_at),
        "step": word("step", clock.kind) if clock else say("unknown"),
        "due": reader.instant(clock.due_at if clock else None),
        "rectify_by": reader.instant(file.rectify_by),
        "description": issue.description or "",
    }
    due = f"{values['step']}：{values['due']}" if clock else say("unknown")
    return Letter(
        kind=kind,
        mark=issuer,
        issuer=issuer,
        number=assignment.order_number,
        date=reader.day(at or file.updated_at),
        title=say(kind, "title"),
        addressee="、".join(filter(None, (values["unit"], supporting))),
        paragraphs=tuple(Paragraph(text=line) for line in wording()[kind]["paragraphs"]),
        form=(
            entry("subject", values["subject"]),
            entry("number", values["item_number"]),
            entry("category", values["category"]),
            entry("area", values["area"]),
            entry("address", values["address"]),
            entry("unit", values["unit"]),
            entry("supporting", supporting),
            entry("channel", values["channel"]),
            entry("reported", values["reported"]),
            entry("rectify_by", due),
            entry("description", "\n".join(part.text for part in passages(values["description"]))),
        ),
        closing=(Paragraph(text=say(kind, "closing")),),
        values=values,
        units=(assignment.unit, *assignment.supporting),
        area=issue.area,
    )
