"""A letter 公文 before it has a layout: data alone, from which the DOCX and the PDF are drawn up."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.document.values import DocumentKind

# What XML 1.0 cannot hold, and the signs that turn the reading direction of what follows: a letter shows neither.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def shown(text: str) -> str:
    """A text as a letter shows it: line breaks as they are, tabs as spaces, nothing that a page would obey."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


Shown = Annotated[str, AfterValidator(shown)]


class Part(BaseModel):
    """Immutable content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(Part):
    """A paragraph of the body; a heading stands in 黑体."""

    text: Shown
    heading: bool = False


class Entry(Part):
    """A line of the form: what is asked, and the answer."""

    label: Shown
    text: Shown


class Table(Part):
    """Rows under a head. ``widths`` are shares; every row has as many cells as there are columns."""

    caption: Shown = ""
    columns: tuple[Shown, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Shown, ...], ...]


class Letter(Part):
    """One letter: head, body (paragraphs, form, tables, closing paragraphs), signature and copies.

    ``mark`` is the red head 发文机关标志, ``issuer`` who signs. ``signatures`` are lines to be signed by hand, in place
    of the issuer's. ``values`` are this kind's own fields by name, for templates that word the letter otherwise.
    ``units`` and ``area`` say who may read it; without units it is for everybody.
    """

    kind: DocumentKind
    mark: Shown
    issuer: Shown
    number: Shown
    date: date
    title: Shown
    addressee: Shown = ""
    paragraphs: tuple[Paragraph, ...] = ()
    form: tuple[Entry, ...] = ()
    tables: tuple[Table, ...] = ()
    closing: tuple[Paragraph, ...] = ()
    signatures: tuple[Shown, ...] = ()
    copies: tuple[Shown, ...] = ()
    values: Annotated[Mapping[str, Shown], Field(default_factory=dict)]
    units: tuple[str, ...] = ()
    area: str | None = None

    @property
    def file_name(self) -> str:
        """What a download is called, without its extension."""
        return re.sub(r'[\\/:*?"<>|\s]+', " ", f"{self.number} {self.title}").strip()

    def fields(self) -> dict[str, Any]:
        """What a template can name: the parts of every letter, and the kind's own values."""
        parts = self.model_dump(mode="json", exclude={"kind", "values", "units", "area"})
        return {**self.values, **parts, "date": chinese_date(self.date), "copies": "，".join(self.copies)}


def chinese_date(day: date) -> str:
    """A date as GB/T 9704-2012 writes it: 2026年1月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def passages(text: str) -> tuple[Paragraph, ...]:
    """What somebody wrote, as paragraphs: one for each of its lines that is not empty."""
    return tuple(Paragraph(text=line.strip()) for line in shown(text).split("\n") if line.strip())
