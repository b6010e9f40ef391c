"""What a campaign template may say: phases by day and month, with gates, targets and duties, in readable forms."""

import calendar
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.campaign.plan import Code, DutyKind, Identifier, IndicatorCode, PhaseKind, Target, Title
from domain.organisation.state import AreaKind
from services.city.readable import ReadableLimit, ReadableText

_DAY = re.compile(r"(\d{2})-(\d{2})(?: of year ([1-9]))?")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")
_WITHOUT_LEAP_DAY = 2027


class Part(BaseModel):
    """A part of a template; what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DayOfCampaign(Part):
    """A day, before anybody knows in which year the campaign begins. Written ``10-31`` or ``10-31 of year 2``."""

    month: int
    day: int
    year: int = 1

    def on(self, first_year: int) -> date:
        """The date, in a campaign whose first year is this."""
        return date(first_year + self.year - 1, self.month, self.day)


def day_from(value: object) -> object:
    """Turn ``10-31 of year 2`` into a day; the 29th of February is refused, since not every year has it."""
    if not isinstance(value, str):
        return value
    found = _DAY.fullmatch(value.strip())
    month, day = (int(found[1]), int(found[2])) if found else (0, 0)
    if found is None or not 1 <= month <= len(calendar.month_name) - 1:
        raise ValueError("a day reads like '10-31', or '10-31 of year 2'")
    if not 1 <= day <= calendar.monthrange(_WITHOUT_LEAP_DAY, month)[1]:
        raise ValueError(f"not every year has a day {value.strip()!r}")
    return {"month": month, "day": day, "year": int(found[3] or 1)}


def share_from(value: object) -> object:
    """Turn ``95 %`` into 0.95; leave plain numbers to the model."""
    if not isinstance(value, str):
        return value
    found = _SHARE.fullmatch(value.strip())
    if found:
        return Decimal(found[1]) / 100
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError("a bound reads like '95 %', or is a plain number") from None


TemplateDay = Annotated[DayOfCampaign, BeforeValidator(day_from)]
Bound = Annotated[Decimal, BeforeValidator(share_from)]


class ConditionEntry(Part):
    """A condition of a gate: one bound on an indicator."""

    indicator: IndicatorCode
    at_least: Bound | None = None
    at_most: Bound | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a condition has either at_least or at_most")
        return self


class GateEntry(Part):
    """What must hold before the phase closes."""

    conditions: Annotated[tuple[ConditionEntry, ...], Field(max_length=50)]
    assess_days_before: Annotated[int, Field(ge=0, le=90)] = 1

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        # As a bound on the length, it would be named once more for every condition that is wrong itself.
        if not self.conditions:
            raise ValueError("a gate has conditions")
        return self


class TargetEntry(Part):
    """A measured target; ``by`` as a day of the campaign."""

    target_id: Identifier
    name: ReadableText
    designation: Identifier
    area_kind: AreaKind
    by: TemplateDay
    count: Annotated[int, Field(ge=1)] | None = None
    share: Bound | None = None

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        self.on(_WITHOUT_LEAP_DAY)
        return self

    def on(self, first_year: int) -> Target:
        """The target in a campaign whose first year is this."""
        return Target.model_validate({**dict(self), "by": self.by.on(first_year)})


class DutyEntry(Part):
    """A duty. ``owed_by``: ``office``, ``units``, ``working_groups`` (the office where there are none), or codes."""

    duty_id: Identifier
    kind: DutyKind
    name: ReadableText
    rrule: Annotated[str, Field(min_length=1, max_length=500)]
    limit: ReadableLimit
    owed_by: (
        Literal["office", "units", "working_groups"] | Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    ) = "office"
    on_rest_days: Literal["keep", "skip", "next_working_day"] = "keep"
    quantities: Annotated[tuple[ReadableText, ...], Field(max_length=100)] = ()


class PhaseEntry(Part):
    """A phase. ``policy`` is a name that becomes the id of a published policy when the campaign is planned."""

    phase_id: Identifier
    kind: PhaseKind
    name: ReadableText
    first_day: TemplateDay
    last_day: TemplateDay | None = None
    policy: Identifier = "routine"
    open_items: Literal["leave", "recompute"] = "leave"
    gate: GateEntry | None = None
    targets: Annotated[tuple[TargetEntry, ...], Field(max_length=50)] = ()
    duties: Annotated[tuple[DutyEntry, ...], Field(max_length=50)] = ()


class TemplateFile(Part):
    """A whole template."""

    template: Identifier
    name: ReadableText
    description: ReadableText
    title: Title
    overlap_days: Annotated[int, Field(ge=0, le=31)] = 7
    inspection_day: TemplateDay | None = None
    phases: Annotated[tuple[PhaseEntry, ...], Field(max_length=30)]

    @model_validator(mode="after")
    def _has_phases(self) -> Self:
        if not self.phases:
            raise ValueError("a campaign has phases")
        return self

    def duties(self) -> Iterator[tuple[DutyEntry, tuple[str | int, ...]]]:
        """Every duty with its place in the file."""
        for index, phase in enumerate(self.phases):
            for number, duty in enumerate(phase.duties):
                yield duty, ("phases", index, "duties", number)
