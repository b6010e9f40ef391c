"""The ladder 督办阶梯: the rungs by which supervision rises, and when each is due."""

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


class RungTerms(BaseModel):
    """What a rung brings with it: who is told, points taken from the unit, and the new limit it grants.

    Nobody named: those whom the field tells of this rung (`USUAL_RECIPIENTS`). ``new_limit`` is how long the unit has
    from the climb to answer the order; the deadline that passed has passed all the same, and the ladder goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rung: Rung
    recipients: Annotated[tuple[Recipient, ...], Field(max_length=len(Recipient))] = ()
    points: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    new_limit: Limit | None = None


class RungRule(RungTerms):
    """When a rung is due: at a share of the limit in percent, or some time before or after the due instant."""

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


class Ladder(BaseModel):
    """The rungs a clock climbs, lowest first, and those that occasions bring. Without either nobody is reminded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Annotated[tuple[RungRule, ...], Field(max_length=len(RUNGS))] = ()
    occasions: Annotated[tuple[OccasionRule, ...], Field(max_length=10)] = ()

    @field_validator("rules")
    @classmethod
    def _ascend(cls, rules: tuple[RungRule, ...]) -> tuple[RungRule, ...]:
        heights = [height(rule.rung) for rule in rules]
        if any(lower >= higher for lower, higher in pairwise(heights)):
            raise ValueError("rungs stand in order, lowest first, none twice")
        return rules


USUAL_RECIPIENTS: Mapping[Rung, tuple[Recipient, ...]] = {
    Rung.WARN: (Recipient.HANDLER,),
    Rung.REMIND: (Recipient.HANDLER, Recipient.UNIT_HEAD),
    Rung.SUPERVISE: (Recipient.HANDLER, Recipient.UNIT_HEAD, Recipient.SPONSOR),
    Rung.CRITICISE: (Recipient.UNIT_HEAD, Recipient.SPONSOR, Recipient.OFFICE),
    Rung.SUMMON: (Recipient.UNIT_HEAD, Recipient.SPONSOR, Recipient.OFFICE, Recipient.LEADING_GROUP),
    Rung.HOLD_TO_ACCOUNT: (Recipient.UNIT_HEAD, Recipient.OFFICE, Recipient.LEADING_GROUP),
}


def _working_days(amount: int) -> Limit:
    return Limit(kind=LimitKind.WORKING_DAYS, amount=amount)


# The triggers that are typical in the published rules of Chinese cities.
STANDARD_LADDER = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, share_of_limit=80),
        RungRule(rung=Rung.REMIND, after_due=Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0)),
        RungRule(rung=Rung.SUPERVISE, after_due=_working_days(2)),
        RungRule(rung=Rung.CRITICISE, after_due=_working_days(5)),
        RungRule(rung=Rung.SUMMON, after_due=_working_days(8)),
        RungRule(rung=Rung.HOLD_TO_ACCOUNT, after_due=_working_days(10)),
    )
)
