"""What can happen to documents issued on demand and to templates 模板. Names and fields never change."""

from typing import Literal
from uuid import UUID

from domain.decider import Event
from domain.document.values import About, DocumentKind, Documents
from domain.instant import Instant


class DocumentIssued(Event):
    """A document of something as it stood ``as_of``: 交办单, 通报 or 整改台账."""

    type: Literal["document.issued.v1"] = "document.issued.v1"
    document_id: UUID
    kind: DocumentKind
    number: str
    title: str
    about: About
    issued_by: str
    as_of: Instant
    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None
    documents: Documents


class TemplatePublished(Event):
    """Version n of the office's template of a kind of letter. From now on its letters are drawn up by it."""

    type: Literal["template.published.v1"] = "template.published.v1"
    kind: DocumentKind
    version: int
    sha256: str
    note: str | None = None
