"""The rules of accountability 责任追究 as a policy states them: limits of a case's steps, rankings, numbers, points."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.limits import Limit, LimitKind


class Series(StrEnum):
    """What is numbered without gaps, each kind by itself, anew every year."""

    REMINDER = "reminder"
    ORDER = "order"
    CRITICISM = "criticism"
    SUMMONS = "summons"
    CARD = "card"
    CASE = "case"
    DECISION = "decision"


class Measure(StrEnum):
    """What a case can end with, mildest first."""

    NO_FAULT = "no_fault"  # 不予问责
    EDUCATION = "education"  # 批评教育
    PUBLIC_CRITICISM = "public_criticism"  # 通报批评
    ADMONITION = "admonition"  # 诫勉约谈
    REFERRAL = "referral"  # 移交纪检


class Rules(BaseModel):
    """Immutable; once published with its policy it never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _working_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_DAYS, amount=amount)


class CaseLimits(Rules):
    """How long each step of a case may take, from the end of the step before."""

    notify: Limit = _working_days(2)
    statement: Limit = _working_days(5)
    finding: Limit = _working_days(10)
    decision: Limit = _working_days(10)
    appeal: Limit = _working_days(5)
    review: Limit = _working_days(10)
    carry_out: Limit = _working_days(20)
    record: Limit = _working_days(5)


class RankingStep(Rules):
    """What follows from being at the bottom once more: an act, a case, or both. ``by``: who summons, in words."""

    act: Literal["summons", "yellow_card", "red_card"] | None = None
    by: Literal["city_leader", "personnel_department", "campaign_office"] = "city_leader"
    opens_case: bool = False
    points: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.act is None and not self.opens_case:
            raise ValueError("a step has an act, opens a case, or both")
        return self


class RankingRule(Rules):
    """What follows from a bulletin's ranking: the units in its last ``bottom`` ranks take one of the steps.

    ``in_a_row``: the step is that of the unit's bulletins at the bottom without a break; ``in_all``: of all of them in
    the campaign. After the last step the count begins anew. Without ``ranking_id`` the bulletin's first ranking of
    units counts. (One city's published rule: first time summoned by a city leader, twice in a row by the personnel
    department, three times in a row a case. Others show yellow and red cards.)
    """

    bulletin: Literal["weekly", "monthly"] = "weekly"
    ranking_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    bottom: Annotated[int, Field(strict=True, ge=1, le=50)] = 3
    counted: Literal["in_a_row", "in_all"] = "in_a_row"
    steps: Annotated[tuple[RankingStep, ...], Field(min_length=1, max_length=10)]


BOTTOM_OF_THE_WEEK = RankingRule(
    steps=(
        RankingStep(act="summons", by="city_leader"),
        RankingStep(act="summons", by="personnel_department"),
        RankingStep(opens_case=True),
    )
)
YELLOW_AND_RED_CARDS = RankingRule(
    counted="in_all",
    steps=(RankingStep(act="yellow_card"), RankingStep(act="red_card", opens_case=True)),
)

MOST_RANKINGS = 5
USUAL_PREFIXES: Mapping[Series, str] = {
    Series.REMINDER: "创催",
    Series.ORDER: "创督",
    Series.CRITICISM: "创通",
    Series.SUMMONS: "创约",
    Series.CARD: "创警",
    Series.CASE: "创问",
    Series.DECISION: "创问决",
}
USUAL_POINTS: Mapping[Measure, int] = {
    Measure.NO_FAULT: 0,
    Measure.EDUCATION: 2,
    Measure.PUBLIC_CRITICISM: 5,
    Measure.ADMONITION: 8,
    Measure.REFERRAL: 10,
}


class AccountabilityRules(Rules):
    """What a policy says about accountability. The defaults are typical of published rules; points are taken off."""

    limits: CaseLimits = CaseLimits()
    rankings: Annotated[tuple[RankingRule, ...], Field(max_length=MOST_RANKINGS)] = ()
    prefixes: dict[Series, Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[^〔〕\s]+$")]] = Field(
        default_factory=dict
    )
    points: dict[Measure, Annotated[int, Field(strict=True, ge=0, le=1000)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _numbers_differ(self) -> Self:
        prefixes = sorted(self.prefix(series) for series in Series)
        if any(one == other for one, other in pairwise(prefixes)):
            raise ValueError("each series of numbers has a prefix of its own")
        return self

    def prefix(self, series: Series) -> str:
        """What stands before the year, such as 创督 in 创督〔2026〕12号."""
        return self.prefixes.get(series) or USUAL_PREFIXES[series]

    def points_for(self, measure: Measure) -> int:
        """The points that a measure takes from the unit."""
        return self.points.get(measure, USUAL_POINTS[measure])


def number_text(prefix: str, year: int, sequence: int) -> str:
    """A document number as GB/T 9704-2012 writes it: the year in 六角括号, the sequence without leading zeros."""
    return f"{prefix}〔{year}〕{sequence}号"
