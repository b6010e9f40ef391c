"""Why a document is not drawn up, and a template not taken."""

from domain.errors import Invalid, Rejection


class NotOnDemand(Invalid):
    """Only dispatch orders, bulletins and ledgers are drawn up on demand, each of its own kind of thing."""

    code = "not_on_demand"


class DocumentExists(Rejection):
    """There is a document of this id."""

    code = "document_exists"


class LedgerTooLarge(Invalid):
    """More items than one workbook takes."""

    code = "ledger_too_large"


class NotDispatched(Rejection):
    """The item lies with no unit, so there is no dispatch order of it."""

    code = "not_dispatched"


class NoTemplateOfKind(Invalid):
    """A ledger is a workbook and has no template."""

    code = "no_template_of_kind"


class TemplateUnchanged(Rejection):
    """The template in force has the same bytes."""

    code = "template_unchanged"


class TemplateUnreadable(Invalid):
    """It is no DOCX, or a damaged one."""

    code = "template_unreadable"


class TemplateTooLarge(Invalid):
    """Unpacked it is larger than a letter can be."""

    code = "template_too_large"


class TemplateActiveContent(Invalid):
    """Macros, embedded objects, references to elsewhere: a letter has none."""

    code = "template_active_content"


class TemplateUnknownField(Invalid):
    """It names fields that letters of the kind do not have."""

    code = "template_unknown_field"


class TemplateForbidden(Invalid):
    """It does something other than show fields, loop over them and leave things out."""

    code = "template_forbidden"


class TemplateNotRendered(Invalid):
    """It could not be filled in with sample data."""

    code = "template_not_rendered"
