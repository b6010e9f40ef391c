"""What can be asked of documents and templates. The files are drawn up in the command's own transaction."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.decider import Command, Reason
from domain.document.values import About, DocumentKind, Documents
from domain.instant import Instant


class IssueDocument(Command):
    """Draw up a document of something as it stands. All but ``about`` is filled in with the files."""

    document_id: UUID
    kind: DocumentKind
    about: About
    number: str | None = None
    title: str = ""
    as_of: Instant | None = None
    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None
    documents: Documents = ()


class PublishTemplate(Command):
    """Replace the template of a kind of letter, by the office. ``sha256``: of bytes that were checked and kept."""

    kind: DocumentKind
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    note: Reason | None = None
