"""What the campaign office can ask of the rulebook: publish the next version of a document."""

from domain.decider import Command
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy


class PublishCatalogue(Command):
    """Put a version of the categories in force."""

    document: Catalogue


class PublishPolicy(Command):
    """Put a version of the rules in force."""

    document: Policy


class PublishCalendar(Command):
    """Put a version of the working calendar in force."""

    document: CalendarDocument


RulebookCommand = PublishCatalogue | PublishPolicy | PublishCalendar
