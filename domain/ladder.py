"""The ladder 督办阶梯: the rungs by which supervision rises, and when each is due."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

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


def height(rung: Rung) -> int:
    """Return how far up the ladder a rung stands, counted from 0."""
    return RUNGS.index(rung)


class RungRule(BaseModel):
    """When a rung is due: at a share of the limit in percent, or some time after the due instant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rung: Rung
    share_of_limit: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    after_due: Limit | None = None

    @model_validator(mode="after")
    def _has_one_trigger(self) -> Self:
        if (self.share_of_limit is None) == (self.after_due is None):
            raise ValueError("a rung has either share_of_limit or after_due")
        return self


class Ladder(BaseModel):
    """The rungs a clock climbs, lowest first. Without rules nobody is ever reminded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Annotated[tuple[RungRule, ...], Field(max_length=len(RUNGS))] = ()

    @field_validator("rules")
    @classmethod
    def _ascend(cls, rules: tuple[RungRule, ...]) -> tuple[RungRule, ...]:
        heights = [height(rule.rung) for rule in rules]
        if any(lower >= higher for lower, higher in pairwise(heights)):
            raise ValueError("rungs stand in order, lowest first, none twice")
        return rules


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
