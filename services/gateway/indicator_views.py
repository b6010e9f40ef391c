"""What is asked about indicators and how figures, cases and rankings are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.errors import Invalid
from domain.indicator.book import Formula, FormulaBook
from domain.indicator.figures import Figure
from domain.indicator.ranking import RankedLine, Ranking
from domain.indicator.sets import SETS
from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from services.gateway.item_lists import QueryInstant
from services.gateway.item_views import View
from services.gateway.refusals import Refusal
from services.indicators.indicators import Evaluation
from services.indicators.scope import About
from services.messages.catalogue import Language
from services.store.indicator_queries import Case, CasePlace

Side = Literal["numerator", "denominator"]
Code = Annotated[str, Field(min_length=1, max_length=100)]


class NoSuchIndicator(Refusal):
    """The formulas asked for have no such indicator, or it has no such side."""

    status = 404
    code = "no_such_indicator"


class AsOfInTheFuture(Invalid):
    """Nobody knows yet what will have happened."""

    code = "as_of_in_future"


class FiguresWanted(BaseModel):
    """Which cases count. Units and areas stand for themselves and all below them."""

    model_config = ConfigDict(extra="forbid")

    campaign: Code | None = Field(None, description="创建活动。 Campaign.", examples=["civilised-2026"])
    unit: Code | None = Field(None, description="责任单位，含下级。 Unit, with those below it.", examples=["cleaning"])
    area: Code | None = Field(None, description="区域，含下级。 Area, with those below it.", examples=["east"])
    category: Code | None = Field(None, description="类别。 Category.", examples=["rubbish"])
    starts_at: QueryInstant | None = Field(None, alias="from", description="时段起（含）。 Period from.")
    ends_at: QueryInstant | None = Field(None, alias="to", description="时段止（不含）。 Period until, exclusive.")
    as_of: QueryInstant | None = Field(None, description="截至时刻，缺省为现在。 The moment; now unless given.")
    formulas: Code | None = Field(
        None, description="公式版本，缺省为现行版本。 Version of the formulas; the newest.", examples=["standard@1"]
    )

    def about(self) -> About:
        """The same in the service's words."""
        return About(
            campaign_id=self.campaign,
            unit=self.unit,
            area=self.area,
            category=self.category,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )

    def moment(self, now: datetime) -> datetime:
        """The moment asked about; raises AsOfInTheFuture."""
        if self.as_of is not None and self.as_of > now:
            raise AsOfInTheFuture(as_of=self.as_of.isoformat())
        return self.as_of or now


class IndicatorView(View):
    """One figure. Shares are decimals in a string, 0.95 is 95 %."""

    code: str = Field(examples=["on_time_disposal"])
    name: str = Field(examples=["按期处置率"])
    kind: str = Field(examples=["share"])
    value: Decimal | None = Field(description="空表示无案件。 Null: no cases.", examples=["0.954545"])
    numerator: int = Field(examples=[42])
    denominator: int | None = Field(description="计数类指标没有分母。 None for a count.", examples=[44])


class FiguresView(View):
    """Figures with what they hold for."""

    as_of: Instant
    formulas: str = Field(description="公式版本。 Version of the formulas.", examples=["standard@1"])
    position: int = Field(description="已计入的最后一条事件。 The last event of the log that counts.", examples=[52817])
    behind: int = Field(description="尚未计入的事件数。 Events of the log that do not count yet.", examples=[0])


class IndicatorsAnswer(FiguresView):
    """All figures of a scope."""

    indicators: list[IndicatorView]


class IndicatorAnswer(FiguresView):
    """One figure with its formula."""

    indicator: IndicatorView
    formula: Formula


class CasesWanted(FiguresWanted):
    """A page of the cases behind a figure."""

    side: Side = Field("numerator", description="分子或分母。 Numerator or denominator.")
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class CaseView(View):
    """One case: an item, one of its dispatches, or one of its clocks."""

    item_id: UUID
    number: str = Field(examples=["2026-0000123"])
    key: str = Field(description="时限或交办轮次。 The clock, or the round of dispatch.", examples=["rectify-1"])
    unit: str | None
    area: str
    category: str
    at: Instant = Field(description="计入时段所依据的时刻。 The instant that counts for the period.")


class CasePage(View):
    """A page of cases, oldest first."""

    cases: list[CaseView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class RankingWanted(FiguresWanted):
    """Which ranking."""

    ranking: Code = Field("units", description="排名规则。 The ranking's id.", examples=["units"])


class LineView(View):
    """A unit or area with score, rank and figures."""

    code: str = Field(examples=["cleaning"])
    name: str = Field(examples=["环卫中心"])
    rank: int | None = Field(description="空表示无案件、不排名。 Null: no cases, no rank.", examples=[1])
    score: Decimal | None = Field(description="满分 100。 Out of 100.", examples=["97.50"])
    indicators: list[IndicatorView]


class RankingView(View):
    """A ranking, best first."""

    ranking: str = Field(examples=["units"])
    name: str = Field(examples=["责任单位排名"])
    lines: list[LineView]
    red: list[str] = Field(description="红榜。 Red list.")
    black: list[str] = Field(description="黑榜。 Black list.")


class RankingAnswer(FiguresView):
    """A ranking as it would be published now."""

    ranking: RankingView


class SetView(View):
    """A set that formulas can count."""

    name: str = Field(examples=["rectify_due"])
    counts: str = Field(description="一个案件是什么。 What one case is.", examples=["rectify"])
    meaning: str = Field(examples=["整改时限已到期（应办）"])
    placed: str = Field(description="计入时段所依据的时刻。 What counts for a period.", examples=["due_at"])


class PublishedFormulas(View):
    """A version of the formulas, without its content."""

    ref: str = Field(examples=["standard@1"])
    newest: bool


class FormulasAnswer(View):
    """The versions there are, and the sets that can be counted."""

    versions: list[PublishedFormulas]
    sets: list[SetView]


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Instant
    item_id: UUID
    key: str


CASE_PLACES = TypeAdapter(_Place)


def place_of_case(case: Case) -> _Place:
    """Where a page ends."""
    return _Place(at=case.at, item_id=case.item_id, key=case.key)


def case_place(place: _Place | None) -> CasePlace | None:
    """The place in the store's words."""
    return None if place is None else CasePlace(place.at, place.item_id, place.key)


def case_view(case: Case) -> CaseView:
    """A case as it is shown."""
    return CaseView(
        item_id=case.item_id,
        number=case.number,
        key=case.key,
        unit=case.unit,
        area=case.area,
        category=case.category,
        at=case.at,
    )


def indicator_views(figures: tuple[Figure, ...], book: FormulaBook | None, language: Language) -> list[IndicatorView]:
    """Figures with their names; under a book that is not at hand, codes stand for names."""
    return [_indicator(figure, book.formula(figure.code) if book else None, language) for figure in figures]


def holding_for(evaluation: Evaluation) -> dict[str, Any]:
    """The fields of FiguresView."""
    return {
        "as_of": evaluation.as_of,
        "formulas": evaluation.formulas,
        "position": evaluation.position,
        "behind": evaluation.behind,
    }


def ranking_view(ranking: Ranking, book: FormulaBook | None, rules: Rulebook, language: Language) -> RankingView:
    """A ranking with the names that units and areas have now."""
    rule = book.ranking(ranking.ranking_id) if book else None
    places = rules.areas if rule is not None and rule.of == "area" else rules.units
    return RankingView(
        ranking=ranking.ranking_id,
        name=_in(rule.name, language) if rule else ranking.ranking_id,
        lines=[
            _line(line, _in(places[line.code].name, language) if line.code in places else line.code, book, language)
            for line in ranking.lines
        ],
        red=list(ranking.red),
        black=list(ranking.black),
    )


def set_views(language: Language) -> list[SetView]:
    """The vocabulary of formulas."""
    return [
        SetView(name=each.name, counts=each.grain, meaning=_in(each.meaning, language), placed=each.placed)
        for each in SETS.values()
    ]


def _line(line: RankedLine, name: str, book: FormulaBook | None, language: Language) -> LineView:
    views = indicator_views(line.figures, book, language)
    return LineView(code=line.code, name=name, rank=line.rank, score=line.score, indicators=views)


def _indicator(figure: Figure, formula: Formula | None, language: Language) -> IndicatorView:
    return IndicatorView(
        code=figure.code,
        name=_in(formula.name, language) if formula else figure.code,
        kind="count" if figure.denominator is None else "share",
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
    )


def _in(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en
