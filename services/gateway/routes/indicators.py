"""Indicators, the cases behind them, rankings, and the formulas all of them follow."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from domain.actor import Role
from domain.errors import Forbidden
from domain.indicator.book import FormulaBook
from domain.indicator.commands import PublishFormulas
from domain.indicator.decisions import formulas
from domain.indicator.standard import STANDARD
from services.gateway.administration import NoSuchDocument, administer
from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import (
    AskedLanguage,
    CommandAsked,
    CurrentPrincipal,
    CurrentRulebook,
    CurrentScope,
    Now,
    Parts,
)
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.indicator_views import (
    CASE_PLACES,
    CasePage,
    CasesWanted,
    FiguresWanted,
    FormulasAnswer,
    IndicatorAnswer,
    IndicatorsAnswer,
    NoSuchIndicator,
    PublishedFormulas,
    RankingAnswer,
    RankingWanted,
    case_place,
    case_view,
    holding_for,
    indicator_views,
    place_of_case,
    ranking_view,
    set_views,
)
from services.handling.aggregates import FORMULAS
from services.handling.receipts import Receipt
from services.indicators.indicators import open_indicators, ranking_of
from services.indicators.scope import extent

router = APIRouter(prefix="/v1", tags=["指标 indicators"])

_FIGURES = (*READING, "unknown_formulas", "unknown_unit", "unknown_area", "period_reversed", "as_of_in_future")
_RANKERS = frozenset({Role.OFFICE, Role.LEADER, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR})
_EXAMPLE = {
    "formulas_id": "standard",
    "version": 2,
    "formulas": [
        {
            "code": "on_time_disposal",
            "name": {"zh": "按期处置率", "en": "On-time disposal"},
            "numerator": {"plus": ["rectify_on_time"], "minus": ["suspended"]},
            "denominator": {"plus": ["rectify_due"], "minus": ["rectify_excused", "suspended"]},
        }
    ],
    "rankings": [
        {
            "ranking_id": "units",
            "name": {"zh": "责任单位排名", "en": "Units"},
            "of": "unit",
            "weights": [{"indicator": "on_time_disposal", "weight": "100"}],
        }
    ],
}
Code = Annotated[str, Path(max_length=63, description="指标代码。 The indicator.", examples=["on_time_disposal"])]
Reference = Annotated[str, Path(max_length=100, description="标识@版本。 Id and version.", examples=["standard@1"])]


@router.get("/indicators", summary="全部指标 All indicators", responses=problems(*_FIGURES))
async def list_indicators(
    wanted: Annotated[FiguresWanted, Query()],
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> IndicatorsAnswer:
    """范围内、截至某一时刻的全部指标，注明公式版本。 Every indicator of a scope as of a moment."""
    book, cases, at = formulas(rules, wanted.formulas), extent(wanted.about(), scope, rules), wanted.moment(now)
    async with open_indicators(parts.pool) as indicators:
        evaluation = await indicators.evaluate(book, cases, at)
    return IndicatorsAnswer(
        **holding_for(evaluation),
        indicators=indicator_views(evaluation.figures, book, language),
    )


@router.get("/indicators/{code}", summary="单个指标 One indicator", responses=problems(*_FIGURES, "no_such_indicator"))
async def read_indicator(
    code: Code,
    wanted: Annotated[FiguresWanted, Query()],
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> IndicatorAnswer:
    """数值、分子、分母，及其公式。 Value, numerator, denominator and the formula."""
    book, cases, at = formulas(rules, wanted.formulas), extent(wanted.about(), scope, rules), wanted.moment(now)
    formula = book.formula(code)
    if formula is None:
        raise NoSuchIndicator(indicator=code, formulas=book.ref)
    async with open_indicators(parts.pool) as indicators:
        evaluation = await indicators.evaluate(book, cases, at, [code])
    [view] = indicator_views(evaluation.figures, book, language)
    return IndicatorAnswer(
        **holding_for(evaluation),
        indicator=view,
        formula=formula,
    )


@router.get(
    "/indicators/{code}/cases",
    summary="指标背后的案件 Cases behind a figure",
    responses=problems(*_FIGURES, "no_such_indicator", "cursor_malformed"),
)
async def list_cases(
    code: Code,
    wanted: Annotated[CasesWanted, Query()],
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
) -> CasePage:
    """分子或分母中的每一件，按游标翻页。 Every case of the numerator or the denominator, page by page."""
    book, cases, at = formulas(rules, wanted.formulas), extent(wanted.about(), scope, rules), wanted.moment(now)
    formula = book.formula(code)
    side = None if formula is None else getattr(formula, wanted.side)
    if side is None:
        raise NoSuchIndicator(indicator=code, formulas=book.ref)
    after = case_place(place_in(wanted.cursor, CASE_PLACES))
    async with open_indicators(parts.pool) as indicators:
        found = await indicators.cases(side, cases, at, after=after, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return CasePage(
        cases=[case_view(case) for case in shown], next_cursor=cursor_of(place_of_case(shown[-1])) if more else None
    )


@router.get(
    "/rankings",
    summary="排名预览 Preview of a ranking",
    responses=problems(*_FIGURES, "unknown_ranking", "role_not_allowed"),
)
async def preview_ranking(
    wanted: Annotated[RankingWanted, Query()],
    caller: CurrentPrincipal,
    parts: Parts,
    scope: CurrentScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> RankingAnswer:
    """现在发布会是什么排名；发布后以通报为准。 What would be published now; bulletins are what holds."""
    if caller.actor.role not in _RANKERS:
        raise Forbidden(role=caller.actor.role, command="PreviewRanking")
    book, cases, at = formulas(rules, wanted.formulas), extent(wanted.about(), scope, rules), wanted.moment(now)
    rule = ranking_of(book, wanted.ranking)
    async with open_indicators(parts.pool) as indicators:
        ranking = await indicators.rank(book, rule, cases, at, rules)
        evaluation = await indicators.evaluate(book, cases, at, [])
    return RankingAnswer(
        **holding_for(evaluation),
        ranking=ranking_view(ranking, book, rules, language),
    )


@router.get("/formulas", summary="指标公式 Versions of the formulas", responses=problems(*READING))
async def list_formulas(_caller: CurrentPrincipal, rules: CurrentRulebook, language: AskedLanguage) -> FormulasAnswer:
    """全部已发布版本，以及公式可用的集合。 Every version, and the sets that formulas can count."""
    newest = formulas(rules, None).ref
    books = sorted(rules.formula_books.values(), key=lambda book: (book.formulas_id, book.version))
    versions = [PublishedFormulas(ref=book.ref, newest=book.ref == newest) for book in (STANDARD, *books)]
    return FormulasAnswer(versions=versions, sets=set_views(language))


@router.get(
    "/formulas/{ref}",
    summary="某版指标公式 One version of the formulas",
    responses=problems(*READING, "no_such_document"),
)
async def read_formulas(ref: Reference, _caller: CurrentPrincipal, rules: CurrentRulebook) -> FormulaBook:
    """发布后不再更改。 It never changes."""
    book = STANDARD if ref == STANDARD.ref else rules.formula_books.get(ref)
    if book is None:
        raise NoSuchDocument(document=ref)
    return book


@router.post(
    "/formulas",
    status_code=201,
    response_model=Receipt,
    summary="发布指标公式 Publish formulas",
    responses=problems(*COMMANDING, "version_out_of_order"),
)
async def publish_formulas(
    asked: CommandAsked,
    body: Annotated[FormulaBook, Depends(JsonBody(FormulaBook, {"扣除缓办": _EXAMPLE}))],
    parts: Parts,
) -> Response:
    """内置公式为第 1 版；版本号须为最新版本加一。 The built-in book is version 1; the next is the newest plus one."""
    command = PublishFormulas(**asked.fields, document=body)
    receipt = await administer(parts, asked, FORMULAS, body.ref, command)
    return receipt_answer(receipt, location=f"/v1/formulas/{body.ref}")
