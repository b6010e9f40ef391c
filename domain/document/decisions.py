"""Whether a document may be issued or a template replaced: by whom, and once."""

from domain.actor import Role
from domain.document.commands import IssueDocument, PublishTemplate
from domain.document.events import DocumentIssued, TemplatePublished
from domain.document.rejections import DocumentExists, NoTemplateOfKind, NotOnDemand, TemplateUnchanged
from domain.document.state import IssuedDocument, Template
from domain.document.values import ABOUT_OF_KIND, DocumentKind
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook


class FilesMissingError(RuntimeError):
    """The files were not drawn up before the decision: a fault of this program."""


def check_issuing(command: IssueDocument) -> None:
    """Refuse what cannot be drawn up on demand, and whoever may not.

    Dispatch orders and bulletins are drawn up in the office's name, by the office. A ledger is of what its asker sees,
    and for nobody else: whoever sees items may have one.
    """
    of_their_own = command.kind is DocumentKind.LEDGER and command.actor.role not in (Role.SYSTEM, Role.ADMINISTRATOR)
    if command.actor.role is not Role.OFFICE and not of_their_own:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    if ABOUT_OF_KIND.get(command.kind) != command.about.kind:
        raise NotOnDemand(document=command.kind)


def decide_document(command: IssueDocument, state: IssuedDocument | None, _rules: Rulebook) -> tuple[DocumentIssued]:
    """Issue a document."""
    check_issuing(command)
    if state is not None:
        raise DocumentExists
    if not command.documents or command.as_of is None:
        raise FilesMissingError(command.document_id)
    issued = DocumentIssued(
        occurred_at=command.at,
        document_id=command.document_id,
        kind=command.kind,
        number=command.number or "",
        title=command.title,
        about=command.about,
        issued_by=command.actor.principal,
        as_of=command.as_of,
        campaign_id=command.campaign_id,
        unit=command.unit,
        area=command.area,
        documents=command.documents,
    )
    return (issued,)


def check_publishing(command: PublishTemplate) -> None:
    """Refuse whoever is not the office, and kinds without a template."""
    if command.actor.role is not Role.OFFICE:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    if command.kind is DocumentKind.LEDGER:
        raise NoTemplateOfKind(document=command.kind)


def decide_template(command: PublishTemplate, state: Template | None, _rules: Rulebook) -> tuple[TemplatePublished]:
    """Publish the next version."""
    check_publishing(command)
    if state is not None and state.newest.sha256 == command.sha256:
        raise TemplateUnchanged(version=state.newest.version)
    published = TemplatePublished(
        occurred_at=command.at,
        kind=command.kind,
        version=state.newest.version + 1 if state else 1,
        sha256=command.sha256,
        note=command.note,
    )
    return (published,)
