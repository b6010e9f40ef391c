"""What has to be said to begin a campaign from a template, through the API or the command line."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.campaign.plan import CampaignPlan, Code, Day, Identifier
from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from services.campaigns.template import Days, Template, instantiate, read_template, shipped_templates


class WindowGiven(BaseModel):
    """The days of a phase in place of the template's; inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_day: Day
    last_day: Day | None = None


class TemplateParameters(BaseModel):
    """What a template leaves open. Calendar and catalogue: those of the city's policy, unless given.

    ``policies`` says which published policy stands for each of the template's policy names; ``policy_id`` for the rest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    campaign_id: Identifier
    year: Annotated[int, Field(ge=2000, le=2090)]
    name: Text | None = None
    leading_group: Code
    office: Code
    working_groups: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    units: Annotated[tuple[Code, ...], Field(min_length=1, max_length=2000)]
    areas: Annotated[tuple[Code, ...], Field(max_length=20_000)] = ()
    calendar_id: Identifier | None = None
    catalogue_id: Identifier | None = None
    policy_id: Identifier = "city"
    policies: Mapping[Identifier, Identifier] = Field(default_factory=dict[str, str])
    days: Mapping[Identifier, WindowGiven] = Field(default_factory=dict[str, WindowGiven])
    inspection_day: Day | None = None


@cache
def shipped_template(name: str) -> Template | None:
    """A template that comes with the product; None for an unknown name."""
    path = shipped_templates().get(name)
    return None if path is None else read_template(path)


def plan_from(template: Template, given: TemplateParameters, rules: Rulebook) -> CampaignPlan:
    """The plan. Raises UnusableDocumentError, pydantic's ValidationError, or NoPolicyPublished."""
    policy = rules.newest_policy(rules.city_policy)
    units = frozenset(code for code, unit in rules.units.items() if not unit.dissolved)
    return instantiate(
        template,
        **{name: getattr(given, name) for name in _TAKEN_OVER},
        calendar_id=given.calendar_id or policy.calendar_id,
        catalogue_id=given.catalogue_id or policy.catalogue_id,
        days={phase: Days(window.first_day, window.last_day) for phase, window in given.days.items()},
        known_units=units,
    )


_TAKEN_OVER = (
    "campaign_id",
    "year",
    "name",
    "leading_group",
    "office",
    "working_groups",
    "units",
    "areas",
    "policy_id",
    "policies",
    "inspection_day",
)
