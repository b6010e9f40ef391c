"""The ladder 督办阶梯: the rungs by which supervision rises, when each is due, and what it brings."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.limits import Limit, LimitKind


class Rung(StrEnum):
    """A level of supervision 督办级别, lowest first."""

    WARN = "warn"  # 预警
    REMIND = "remind"  # 催办
    SUPERVISE = "supervise"  # 督办
    CRITICISE = "criticise"  # 通报批评
    SUMMON = "summon"  # 约谈
    HOLD_TO_ACCOUNT = "hold_to_account"  # 责任追究


RUNGS = tuple(Rung)
MOST_OCCASIONS = 10


Occasion = Literal["time", "reworks", "recurrence"]


def height(rung: Rung) -> int:
    """Return how far up the ladder a rung stands, counted from 0."""
    return RUNGS.index(rung)


class Recipient(StrEnum):
    """Who is told when a rung is climbed, by what they are to the item."""

    HANDLER = "handler"  # 经办人: of the unit in charge
    UNIT_HEAD = "unit_head"  # 单位负责人
    SPONSOR = "sponsor"  # 包联领导: of the area
    OFFICE = "office"  # 创建办
    LEADING_GROUP = "leading_group"  # 领导小组


class Severity(StrEnum):
    """How grave the issues of a category are: a policy may have other ladders for the graver ones."""

    ORDINARY = "ordinary"  # 一般
    SERIOUS = "serious"  # 较重
    CRITICAL = "critical"  # 重大


class RungTerms(BaseModel):
    """What a rung brings with it: who is told, points taken from the unit, and the new limit it grants.

    Nobody named: those whom the field tells of this rung (`usual_recipients`). ``new_limit`` is how long the unit has
    from the climb to answer the order; the deadline that passed has passed all the same, and the ladder goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rung: Rung
    recipients: Annotated[tuple[Recipient, ...], Field(max_length=len(Recipient))] = ()
    points: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    new_limit: Limit | None = None

    @field_validator("recipients")
    @classmethod
    def _are_told_once(cls, recipients: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        if len(set(recipients)) < len(recipients):
            raise ValueError("a recipient is named once")
        return recipients


class RungRule(RungTerms):
    """When a rung is due: at a share of the limit in percent, or some time before or after the due instant.

    ``before_due`` longer than the limit: when the clock starts.
    """

    share_of_limit: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    before_due: Limit | None = None
    after_due: Limit | None = None

    @model_validator(mode="after")
    def _has_one_trigger(self) -> Self:
        if sum(trigger is not None for trigger in (self.share_of_limit, self.before_due, self.after_due)) != 1:
            raise ValueError("a rung has one of share_of_limit, before_due and after_due")
        return self


class OccasionRule(RungTerms):
    """A rung that is climbed at once on an occasion: sent back for the n-th time, or the issue has come back 反弹."""

    reworks: Annotated[int, Field(strict=True, ge=1, le=20)] | None = None
    recurrence: bool = False

    @model_validator(mode="after")
    def _has_one_occasion(self) -> Self:
        if (self.reworks is None) == (not self.recurrence):
            raise ValueError("an occasion is either so many reworks or a recurrence")
        return self

    @property
    def occasion(self) -> Occasion:
        """What a climb by this rule is recorded with."""
        return "recurrence" if self.recurrence else "reworks"


class Ladder(BaseModel):
    """The rungs a clock climbs, lowest first, and those that occasions bring. Without either nobody is reminded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Annotated[tuple[RungRule, ...], Field(max_length=len(RUNGS))] = ()
    occasions: Annotated[tuple[OccasionRule, ...], Field(max_length=MOST_OCCASIONS)] = ()

    @field_validator("rules")
    @classmethod
    def _ascend(cls, rules: tuple[RungRule, ...]) -> tuple[RungRule, ...]:
        heights = [height(rule.rung) for rule in rules]
        if any(lower >= higher for lower, higher in pairwise(heights)):
            raise ValueError("rungs stand in order, lowest first, none twice")
        return rules

    @field_validator("occasions")
    @classmethod
    def _differ(cls, occasions: tuple[OccasionRule, ...]) -> tuple[OccasionRule, ...]:
        counts = [rule.reworks for rule in occasions]
        if len(set(counts)) < len(counts):
            raise ValueError("each number of reworks, and the recurrence, has one rule")
        by_count = sorted((rule.reworks, height(rule.rung)) for rule in occasions if rule.reworks is not None)
        if any(fewer > more for (_, fewer), (_, more) in pairwise(by_count)):
            raise ValueError("more reworks never bring a lower rung")
        return occasions

    def terms_of(self, rung: Rung) -> RungTerms | None:
        """What a rung brings that is climbed because its time has come."""
        return next((rule for rule in self.rules if rule.rung is rung), None)

    def occasion_for(self, *, reworks: int, recurrence: bool) -> OccasionRule | None:
        """The rule that is met: of several the highest rung, and there the one for more reworks."""
        met = (rule for rule in self.occasions if (recurrence if rule.reworks is None else rule.reworks <= reworks))
        return max(met, key=lambda rule: (height(rule.rung), rule.reworks or 0), default=None)


USUAL_RECIPIENTS: Mapping[Rung, tuple[Recipient, ...]] = {
    Rung.WARN: (Recipient.HANDLER,),
    Rung.REMIND: (Recipient.HANDLER, Recipient.UNIT_HEAD),
    Rung.SUPERVISE: (Recipient.HANDLER, Recipient.UNIT_HEAD, Recipient.SPONSOR),
    Rung.CRITICISE: (Recipient.UNIT_HEAD, Recipient.SPONSOR, Recipient.OFFICE),
    Rung.SUMMON: (Recipient.UNIT_HEAD, Recipient.SPONSOR, Recipient.OFFICE, Recipient.LEADING_GROUP),
    Rung.HOLD_TO_ACCOUNT: (Recipient.UNIT_HEAD, Recipient.OFFICE, Recipient.LEADING_GROUP),
}


def usual_recipients(rung: Rung, *, with_a_unit: bool) -> tuple[Recipient, ...]:
    """Whom the field tells of a rung where a policy names nobody.

    Where no unit is in charge the office is late itself, or its inspectors: it is told, and high up its masters.
    """
    if with_a_unit:
        return USUAL_RECIPIENTS[rung]
    high_up = height(rung) >= height(Rung.CRITICISE)
    return (Recipient.OFFICE, Recipient.LEADING_GROUP) if high_up else (Recipient.OFFICE,)


def _working_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_DAYS, amount=amount)


# Triggers, points and the term of the order as they are typical in the published rules of Chinese cities.
STANDARD_LADDER = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, share_of_limit=80),
        RungRule(rung=Rung.REMIND, after_due=Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0)),
        RungRule(rung=Rung.SUPERVISE, after_due=_working_days(2), points=1, new_limit=_working_days(3)),
        RungRule(rung=Rung.CRITICISE, after_due=_working_days(5), points=2),
        RungRule(rung=Rung.SUMMON, after_due=_working_days(8), points=3),
        RungRule(rung=Rung.HOLD_TO_ACCOUNT, after_due=_working_days(10), points=5),
    )
)
