"""The kinds of document the office issues, and a reference to one that was issued, by the hash of its bytes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Format = Literal["docx", "pdf", "xlsx"]


class DocumentKind(StrEnum):
    """A kind of document; each has a template of its own."""

    DISPATCH_ORDER = "dispatch_order"  # 交办单
    REMINDER_NOTICE = "reminder_notice"  # 催办通知书
    SUPERVISION_ORDER = "supervision_order"  # 督办单
    CRITICISM = "criticism"  # 通报批评
    SUMMONS = "summons"  # 约谈通知书
    INTERVIEW_RECORD = "interview_record"  # 约谈记录
    CARD = "card"  # 黄牌、红牌警示
    CASE_NOTICE = "case_notice"  # 问责告知书
    DECISION = "decision"  # 问责决定
    REVIEW_DECISION = "review_decision"  # 问责复核决定
    BULLETIN = "bulletin"  # 通报
    LEDGER = "ledger"  # 整改台账


class DocumentRef(BaseModel):
    """One file as it was issued. ``template`` names the template with its version, such as ``decision@builtin-1``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DocumentKind
    format: Format
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    template: Annotated[str, Field(min_length=1, max_length=100)]


Documents = Annotated[tuple[DocumentRef, ...], Field(max_length=10)]


class Value(BaseModel):
    """Immutable, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AboutItem(Value):
    """A document of an item."""

    kind: Literal["item"] = "item"
    stream_id: UUID


class AboutBulletin(Value):
    """A document of a bulletin."""

    kind: Literal["bulletin"] = "bulletin"
    stream_id: UUID


class FilterTerm(Value):
    """One filter of a list of items: its name in the API, and the values of which any will do."""

    name: Annotated[str, Field(max_length=50)]
    values: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=100)]


class AboutItems(Value):
    """A document of all items that a filter finds, within the scope of whoever asked."""

    kind: Literal["items"] = "items"
    filter: Annotated[tuple[FilterTerm, ...], Field(max_length=30)] = ()


About = Annotated[AboutItem | AboutBulletin | AboutItems, Field(discriminator="kind")]

ABOUT_OF_KIND: Mapping[DocumentKind, str] = {
    DocumentKind.DISPATCH_ORDER: "item",
    DocumentKind.BULLETIN: "bulletin",
    DocumentKind.LEDGER: "items",
}
