"""What the campaign office can ask of the rulebook: publish the next version of a document."""

from domain.decider import Command
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.standard import Standard


class PublishCatalogue(Command):
    """Put a version of the categories in force."""

    document: Catalogue


class PublishPolicy(Command):
    """Put a version of the rules in force."""

    document: Policy


class PublishCalendar(Command):
    """Put a version of the working calendar in force."""

    document: CalendarDocument


class PublishStandard(Command):
    """Put a version of the standard 测评体系 in force."""

    document: Standard


RulebookCommand = PublishCatalogue | PublishPolicy | PublishCalendar | PublishStandard
