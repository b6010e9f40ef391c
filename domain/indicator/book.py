"""The formula book: indicators as formulas over named sets, and rankings as weights of indicators; versioned."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from domain.indicator.sets import ITEM, SETS, SetName
from domain.text import Text

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
FORMULAS_IN_FORCE = "standard"


P = TypeVar("P")


def _not_empty(parts: tuple[P, ...]) -> tuple[P, ...]:
    # min_length would complain as well when a part has a fault of its own.
    if not parts:
        facts = {"field_type": "Tuple", "min_length": 1, "actual_length": 0}
        raise PydanticKnownError("too_short", facts)
    return parts


class Part(BaseModel):
    """Immutable content; once published a version never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cases(Part):
    """The cases of any set in ``plus`` that are in no set of ``minus``. All of one grain, except items in ``minus``.

    A finer case is left out by a set of items if its item is in that set.
    """

    plus: Annotated[tuple[SetName, ...], Field(max_length=20)]
    minus: Annotated[tuple[SetName, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _are_comparable(self) -> Self:
        grains = {SETS[name].grain for name in self.plus}
        foreign = sorted(name for name in self.minus if SETS[name].grain not in {*grains, ITEM})
        if len(grains) > 1 or (grains and foreign):
            mixed = ", ".join(foreign or self.plus)
            raise PydanticCustomError("sets_not_comparable", "{sets} count different things", {"sets": mixed})
        return self

    @property
    def grain(self) -> str:
        """What one case is."""
        return SETS[self.plus[0]].grain

    @property
    def is_empty(self) -> bool:
        """Whether nothing can ever be in it: no set, or each taken away whole."""
        return all({name, *SETS[name].within} & set(self.minus) for name in self.plus)


class Formula(Part):
    """An indicator: a share of cases among others, or a count without a denominator."""

    code: IndicatorCode
    name: Text
    kind: Literal["share", "count"] = "share"
    numerator: Cases
    denominator: Cases | None = Field(default=None, validate_default=True)

    @field_validator("numerator")
    @classmethod
    def _counts_something(cls, cases: Cases) -> Cases:
        if cases.is_empty:
            raise PydanticCustomError("counts_nothing", "no case can ever be counted here")
        return cases

    @field_validator("denominator")
    @classmethod
    def _divides_by_something(cls, cases: Cases | None, info: ValidationInfo) -> Cases | None:
        if info.data.get("kind") == "count":
            if cases is not None:
                raise PydanticCustomError("count_has_no_denominator", "a count has no denominator")
            return None
        if cases is None or cases.is_empty:
            raise PydanticCustomError("divides_by_nothing", "the denominator can never have a case")
        return cases


class Weight(Part):
    """How much an indicator counts in a ranking, and whether more of it is better."""

    indicator: IndicatorCode
    weight: Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
    better: Literal["higher", "lower"] = "higher"


class RankingRule(Part):
    """打擂排名: units or areas by weighted indicators. ``kinds``: only these kinds of them; empty means all with cases.

    ``red`` and ``black``: how many stand on the red list 红榜 and the black list 黑榜.
    """

    ranking_id: Identifier
    name: Text
    of: Literal["unit", "area"]
    kinds: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    weights: Annotated[tuple[Weight, ...], Field(max_length=50), AfterValidator(_not_empty)]
    red: Annotated[int, Field(ge=0, le=1000)] = 3
    black: Annotated[int, Field(ge=0, le=1000)] = 3


class FormulaBook(Part):
    """指标公式: one version of all formulas and rankings. Weights stand here so that a bulletin names one version."""

    formulas_id: Identifier
    version: Annotated[int, Field(ge=1)]
    formulas: Annotated[tuple[Formula, ...], Field(max_length=200), AfterValidator(_not_empty)]
    rankings: Annotated[tuple[RankingRule, ...], Field(max_length=20)] = ()

    @property
    def ref(self) -> str:
        """The name figures and bulletins use, e.g. ``standard@2``."""
        return f"{self.formulas_id}@{self.version}"

    @field_validator("formulas")
    @classmethod
    def _codes_are_unique(cls, formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
        _unique(formula.code for formula in formulas)
        return formulas

    @field_validator("rankings")
    @classmethod
    def _weigh_shares(cls, rankings: tuple[RankingRule, ...], info: ValidationInfo) -> tuple[RankingRule, ...]:
        _unique(ranking.ranking_id for ranking in rankings)
        formulas: dict[str, Formula] = {formula.code: formula for formula in info.data.get("formulas", ())}
        for row, ranking in enumerate(rankings):
            for column, weight in enumerate(ranking.weights if formulas else ()):
                facts = {"place": f"rankings/{row}/weights/{column}/indicator", "indicator": weight.indicator}
                if weight.indicator not in formulas:
                    raise PydanticCustomError("unknown_indicator", "{place}: no indicator {indicator}", facts)
                if formulas[weight.indicator].kind != "share":
                    raise PydanticCustomError("not_a_share", "{place}: {indicator} is a count, not a share", facts)
            _unique(weight.indicator for weight in ranking.weights)
        return rankings

    def formula(self, code: str) -> Formula | None:
        """The formula of an indicator, if the book has one."""
        return next((formula for formula in self.formulas if formula.code == code), None)

    def ranking(self, ranking_id: str) -> RankingRule | None:
        """The rule of a ranking, if the book has one."""
        return next((ranking for ranking in self.rankings if ranking.ranking_id == ranking_id), None)


def _unique(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PydanticCustomError("given_twice", "{name} is given twice", {"name": name})
        seen.add(name)
