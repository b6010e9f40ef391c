"""What happens when the campaign office publishes a document."""

from typing import Annotated, Literal

from pydantic import Field

from domain.decider import Event
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.standard import Standard


class CataloguePublished(Event):
    """A version of the categories is in force from now on."""

    type: Literal["catalogue.published.v1"] = "catalogue.published.v1"
    document: Catalogue


class PolicyPublished(Event):
    """A version of the rules is in force from now on."""

    type: Literal["policy.published.v1"] = "policy.published.v1"
    document: Policy


class CalendarPublished(Event):
    """A version of the working calendar: clocks that start from now on are computed with it."""

    type: Literal["calendar.published.v1"] = "calendar.published.v1"
    document: CalendarDocument


class StandardPublished(Event):
    """A version of the standard: campaigns are measured by it, and tasks name its nodes, from now on."""

    type: Literal["standard.published.v1"] = "standard.published.v1"
    document: Standard


RulebookEvent = Annotated[
    CataloguePublished | PolicyPublished | CalendarPublished | StandardPublished, Field(discriminator="type")
]
