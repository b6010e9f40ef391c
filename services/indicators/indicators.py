"""Evaluates formulas over a scope, as of a moment, and ranks units and areas by them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from domain.errors import Invalid
from domain.indicator.book import Cases, Formula, FormulaBook, RankingRule
from domain.indicator.figures import Figure, figure
from domain.indicator.ranking import Ranking, rank
from domain.rulebook.rulebook import Rulebook
from services.store.facts_at import ToldLater, facts_at
from services.store.indicator_queries import Case, CasePlace, Counts, Extent, IndicatorQueries, one_moment


class UnknownIndicator(Invalid):
    """The version of the formulas has no such indicator."""

    code = "indicator_not_in_formulas"


class UnknownRanking(Invalid):
    """The version of the formulas has no such ranking."""

    code = "unknown_ranking"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures, and what they hold for: the moment, the version of the formulas, the last event that was counted.

    ``behind``: how many events of the log were not counted yet.
    """

    figures: tuple[Figure, ...]
    as_of: datetime
    formulas: str
    position: int
    behind: int


class Indicators:
    """Figures from the facts; all that one of these gives is of one moment. `open_indicators` makes it."""

    def __init__(self, queries: IndicatorQueries) -> None:
        self._queries = queries

    async def evaluate(
        self, book: FormulaBook, extent: Extent, as_of: datetime, codes: Sequence[str] | None = None
    ) -> Evaluation:
        """The figures of these indicators, or of all in the book; raises UnknownIndicator."""
        wanted = book.formulas if codes is None else [formula_of(book, code) for code in codes]
        counts = await self._queries.counts(_sides(wanted), extent, as_of)
        position, behind = await self._queries.position()
        return Evaluation(_figures(wanted, counts[None]), as_of, book.ref, position, behind)

    async def cases(
        self, side: Cases, extent: Extent, as_of: datetime, *, after: CasePlace | None = None, limit: int
    ) -> list[Case]:
        """The cases behind one side of a formula, page by page."""
        return await self._queries.cases(side, extent, as_of, after=after, limit=limit)

    async def count(self, side: Cases, extent: Extent, as_of: datetime) -> int:
        """How many cases there are behind one side of a formula."""
        return (await self._queries.counts([side], extent, as_of))[None].get(side, 0)

    async def rank(
        self, book: FormulaBook, rule: RankingRule, extent: Extent, as_of: datetime, rules: Rulebook
    ) -> Ranking:
        """The ranking of all units or areas that have cases, each with those below it."""
        formulas = [formula_of(book, weight.indicator) for weight in rule.weights]
        counts = await self._queries.counts(_sides(formulas), extent, as_of, by=rule.of)
        figures = {
            code: _figures(formulas, _sum([counts[below] for below in members if below in counts]))
            for code, members in _ranked(rule, counts, rules).items()
        }
        return rank(rule, figures)


@asynccontextmanager
async def open_indicators(pool: asyncpg.Pool) -> AsyncGenerator[Indicators]:
    """Indicators of this moment, over a pool from `open_pool`."""
    async with one_moment(pool) as queries:
        yield Indicators(queries)


@asynccontextmanager
async def open_indicators_at(
    pool: asyncpg.Pool, position: int, as_of: datetime
) -> AsyncGenerator[tuple[Indicators, Indicators, ToldLater]]:
    """Indicators as of a moment: from what the log said at a position, from all of it, and what was told in between.

    Raises TooMuchToldLaterError.
    """
    async with facts_at(pool, position, as_of) as (then, now, later):
        yield Indicators(then), Indicators(now), later


def formula_of(book: FormulaBook, code: str) -> Formula:
    """The formula of an indicator; raises UnknownIndicator."""
    found = book.formula(code)
    if found is None:
        raise UnknownIndicator(indicator=code, formulas=book.ref)
    return found


def ranking_of(book: FormulaBook, ranking_id: str) -> RankingRule:
    """The rule of a ranking; raises UnknownRanking."""
    found = book.ranking(ranking_id)
    if found is None:
        raise UnknownRanking(ranking=ranking_id, formulas=book.ref)
    return found


def _sides(formulas: Sequence[Formula]) -> list[Cases]:
    return [side for formula in formulas for side in (formula.numerator, formula.denominator) if side is not None]


def _figures(formulas: Sequence[Formula], counts: Counts) -> tuple[Figure, ...]:
    return tuple(
        figure(
            formula.code,
            counts.get(formula.numerator, 0),
            None if formula.denominator is None else counts.get(formula.denominator, 0),
        )
        for formula in formulas
    )


def _sum(counts: Sequence[Counts]) -> Counts:
    total: Counts = {}
    for each in counts:
        for side, cases in each.items():
            total[side] = total.get(side, 0) + cases
    return total


def _ranked(rule: RankingRule, counts: Mapping[str | None, Counts], rules: Rulebook) -> dict[str, frozenset[str]]:
    """Who is ranked, with all whose cases count for them: of the kinds asked for, else whoever has cases."""
    if rule.of == "unit":
        everybody, below = (
            {unit.code: unit.kind for unit in rules.units.values() if not unit.dissolved},
            rules.units_below,
        )
    else:
        everybody, below = (
            {area.code: area.kind for area in rules.areas.values() if not area.abolished},
            rules.areas_below,
        )
    found = {
        code: below(code) for code, kind in everybody.items() if (kind in rule.kinds if rule.kinds else code in counts)
    }
    return {code: members for code, members in found.items() if members & counts.keys()}
