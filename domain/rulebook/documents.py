"""The published documents: catalogue of categories, policy with limits and ladders, routing."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.accountability.rules import AccountabilityRules
from domain.calendar import WorkCalendar
from domain.clock import ACCOUNTABILITY_CLOCKS, OBLIGATION_CLOCKS, STEPS_WITH_LIMIT, Clock, ClockKind
from domain.ladder import Ladder, Severity
from domain.limits import Limit, LimitKind
from domain.text import Code, Text

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Document(BaseModel):
    """Immutable content; once published a version never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Ladders = dict[ClockKind, Ladder]
"""The ladder of each step, by the clock that runs in it."""
Limits = dict[ClockKind, Limit]
"""How long each step may take, by the clock that runs in it."""


def check_ladders(ladders: Mapping[ClockKind, Ladder]) -> None:
    """Raise ValueError where a clock could never climb its ladder, or meet one of its occasions."""
    for kind, ladder in ladders.items():
        if kind in ACCOUNTABILITY_CLOCKS:
            raise ValueError(f"{kind} is a step of accountability, which has a limit and no ladder")
        if ladder.occasions and kind not in {ClockKind.ACCEPT, ClockKind.RECTIFY}:
            raise ValueError(f"occasions arise when a unit accepts or rectifies, not for {kind}")
        if kind is ClockKind.ACCEPT and any(rule.reworks is not None for rule in ladder.occasions):
            raise ValueError("what is sent back is rectified anew: reworks are an occasion for rectify, not for accept")


def check_severities(severities: Mapping[Severity, Mapping[ClockKind, Ladder]]) -> None:
    """Raise ValueError where ladders stand under a severity that no issue, or no clock of that kind, can have."""
    if Severity.ORDINARY in severities:
        raise ValueError("the ladders of ordinary issues stand in ladders")
    for ladders in severities.values():
        for kind in OBLIGATION_CLOCKS & set(ladders):
            raise ValueError(f"{kind} is timed for obligations, which have no category and no severity")
        check_ladders(ladders)


class Category(Document):
    """A kind of issue, with the unit that leads on it and the inspector's checklist.

    ``limits`` and ``rework`` are those in which it differs from the policy; ``rechecked`` says whether 回头看 is due;
    ``severity`` chooses among the policy's ladders.
    """

    code: Code
    name: Text
    lead_unit: Code | None = None
    limits: Limits = Field(default_factory=Limits)
    rework: Limit | None = None
    rechecked: bool = True
    checklist: tuple[Text, ...] = ()
    severity: Severity = Severity.ORDINARY


class Catalogue(Document):
    """问题类别目录: one version of the categories."""

    catalogue_id: Identifier
    version: Annotated[int, Field(ge=1)]
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=2000)]

    @property
    def ref(self) -> str:
        """The name events use, e.g. ``city@3``."""
        return f"{self.catalogue_id}@{self.version}"

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        codes = [category.code for category in self.categories]
        doubled = sorted({code for code in codes if codes.count(code) > 1})
        if doubled:
            raise ValueError(f"categories given twice: {', '.join(doubled)}")
        return self


class RoutingRule(Document):
    """Who gets an issue: of this category, in this area or below it. Absent means any."""

    category: Code | None = None
    area: Code | None = None
    unit: Code
    supporting: tuple[Code, ...] = ()


class Policy(Document):
    """The rules a campaign runs under: limits, ladders, routing. Every decision names its version.

    ``limits`` has one for each step of an item; without one for ``recheck`` nothing is rechecked. ``rework`` is the
    limit after a check sent the work back; absent, it is that of ``rectify``. ``severities`` has the ladders in which
    graver issues differ from ``ladders``.
    """

    policy_id: Identifier
    version: Annotated[int, Field(ge=1)]
    name: Text
    calendar_id: Identifier
    catalogue_id: Identifier
    limits: Limits
    rework: Limit | None = None
    ladders: Ladders = Field(default_factory=Ladders)
    severities: dict[Severity, Ladders] = Field(default_factory=dict[Severity, Ladders])
    routing: Annotated[tuple[RoutingRule, ...], Field(max_length=20_000)] = ()
    registration: Literal["automatic", "manual"] = "automatic"
    dispatching: Literal["automatic", "manual"] = "automatic"
    max_extensions: Annotated[int, Field(ge=0, le=2)] = 2
    longest_extension: Limit = Limit(kind=LimitKind.WORKING_DAYS, amount=20)
    closes_on_pass: bool = True
    archives_when_held: bool = True
    accountability: AccountabilityRules = AccountabilityRules()

    @property
    def ref(self) -> str:
        """The name events use, e.g. ``city@3``."""
        return f"{self.policy_id}@{self.version}"

    @field_validator("limits")
    @classmethod
    def _every_step_has_a_limit(cls, limits: Limits) -> Limits:
        missing = [kind for kind in STEPS_WITH_LIMIT if kind not in limits]
        if missing:
            raise ValueError(f"limits are missing for: {', '.join(missing)}")
        return limits

    @field_validator("ladders")
    @classmethod
    def _ladders_can_be_climbed(cls, ladders: Ladders) -> Ladders:
        check_ladders(ladders)
        return ladders

    @field_validator("severities")
    @classmethod
    def _graver_ladders_can_be_climbed(cls, severities: dict[Severity, Ladders]) -> dict[Severity, Ladders]:
        check_severities(severities)
        return severities

    def ladder(self, kind: ClockKind, severity: Severity = Severity.ORDINARY) -> Ladder:
        """The ladder of a kind of clock for issues so grave; empty where the policy gives none.

        Obligations of a campaign climb the ladder of rectification unless they have one of their own.
        """
        graver = self.severities.get(severity, {}).get(kind)
        otherwise = ClockKind.RECTIFY if kind in OBLIGATION_CLOCKS else kind
        return graver or self.ladders.get(kind) or self.ladders.get(otherwise) or Ladder()

    def ladder_of(self, clock: Clock) -> Ladder:
        """The ladder that a clock climbs."""
        return self.ladder(clock.kind, clock.severity)


class CalendarDocument(Document):
    """A published version of a working calendar; ``calendar.version`` equals ``ref``."""

    calendar_id: Identifier
    version: Annotated[int, Field(ge=1)]
    calendar: WorkCalendar

    @property
    def ref(self) -> str:
        """The name clocks use, e.g. ``cn@1``."""
        return f"{self.calendar_id}@{self.version}"

    @model_validator(mode="after")
    def _calendar_names_its_version(self) -> Self:
        if self.calendar.version != self.ref:
            raise ValueError(f"calendar.version must be {self.ref}")
        return self
