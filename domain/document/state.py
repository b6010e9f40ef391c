"""A document as it was issued, and the templates of a kind with all their versions."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.document.events import DocumentIssued, TemplatePublished
from domain.document.values import About, DocumentKind, Documents
from domain.instant import Instant


class State(BaseModel):
    """Immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IssuedDocument(State):
    """A document that was issued on demand; nothing can happen to it any more."""

    document_id: UUID
    kind: DocumentKind
    number: str
    title: str
    about: About
    issued_by: str
    as_of: Instant
    issued_at: Instant
    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None
    documents: Documents


class TemplateVersion(State):
    """One version of a template, by the hash of its bytes."""

    version: int
    sha256: str
    published_at: Instant
    note: str | None = None


class Template(State):
    """The templates of a kind of letter; the last version is in force."""

    kind: DocumentKind
    versions: tuple[TemplateVersion, ...]

    @property
    def newest(self) -> TemplateVersion:
        """The version in force."""
        return self.versions[-1]


def evolve_document(_state: IssuedDocument | None, event: DocumentIssued) -> IssuedDocument:
    """Fold the one event of a document."""
    content = event.model_dump(exclude={"type", "occurred_at"})
    return IssuedDocument(**content, issued_at=event.occurred_at)


def evolve_template(state: Template | None, event: TemplatePublished) -> Template:
    """Add a version."""
    version = TemplateVersion(
        version=event.version, sha256=event.sha256, published_at=event.occurred_at, note=event.note
    )
    return Template(kind=event.kind, versions=(*(state.versions if state else ()), version))
