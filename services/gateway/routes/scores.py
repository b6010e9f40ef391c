"""Scores of units: sums with red and black lists, the record of one unit over time, and its lines one by one."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from domain.organisation.decisions import NotRegistered
from domain.rulebook.rulebook import Rulebook
from domain.score.lists import Lists, lists
from services.gateway.campaign_dependencies import CurrentObligationScope
from services.gateway.case_scope import SeesCases
from services.gateway.cursors import cursor_of
from services.gateway.dependencies import AskedLanguage, CurrentRulebook, Now, Parts
from services.gateway.description import READING, problems
from services.gateway.item_history import timezone_of
from services.gateway.score_asking import LinesWanted, PeriodWanted, Place, ScoresWanted
from services.gateway.score_views import (
    LinePage,
    RankedScoreView,
    ScoresAnswer,
    holding_for,
    line_view,
    score_fields,
)
from services.gateway.unit_record import SHOWN, MonthView, UnitRecordView, act_line, case_line, placement_views
from services.store.score_queries import ScoreExtent, ScoreQueries, Tally, TracedLine, scores_of_one_moment
from services.store.unit_records import UnitRecords

router = APIRouter(prefix="/v1", tags=["积分 scores"])

UnitInPath = Annotated[
    str, Path(min_length=1, max_length=100, description="责任单位。 The unit.", examples=["cleaning"])
]
_ASKED = (*READING, "period_reversed", "as_of_in_future")
_NEWEST_LINES = 50


@router.get("/scores", summary="单位积分与红黑榜 Scores, red and black list", responses=problems(*_ASKED))
async def list_scores(
    wanted: Annotated[ScoresWanted, Query()],
    parts: Parts,
    scope: CurrentObligationScope,
    cases_seen: SeesCases,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> ScoresAnswer:
    """起始 100 分，由事件逐条加减，不设下限。 A hundred points to start with, then line by line; there is no floor.

    排名和红黑榜只给能看到全部单位和问责案件的人；看不到问责案件的人，分数和明细不含案件的加减分。通报中的红黑榜以通报为准。

    The red list has the units of the first ranks, equal scores sharing one; the black list those that most was taken
    from. Ranks and lists are for those who see all units and accountability cases; whoever sees no cases gets scores
    and lines without them. A bulletin's own lists stay as published.
    """
    extent = wanted.extent(now, scope, cases=cases_seen)
    async with scores_of_one_moment(parts.pool) as connection:
        queries = ScoreQueries(connection)
        tallies = await queries.tallies(extent)
        at_work = await queries.at_work(wanted.campaign, _latest(extent))
        position = await queries.position()
    units = {code for code in (*tallies, *at_work) if _compared(code, wanted, scope, rules)}
    shown = {code: tallies.get(code) or Tally(code) for code in units}
    ranked = lists({code: tally.points for code, tally in shown.items()}, red=wanted.red, black=wanted.black)
    if scope is not None or not cases_seen:
        ranked = Lists({}, (), ())
    best_first = sorted(shown.values(), key=lambda tally: (-tally.points, tally.unit))
    return ScoresAnswer(
        **holding_for(extent.as_of, position),
        units=[
            RankedScoreView(**score_fields(tally, rules, language), rank=ranked.ranks.get(tally.unit))
            for tally in best_first
        ],
        red=list(ranked.red),
        black=list(ranked.black),
    )


@router.get(
    "/scores/{unit}/lines",
    summary="积分明细 Lines of a unit",
    responses=problems(*_ASKED, "not_registered", "cursor_malformed"),
)
async def list_score_lines(
    unit: UnitInPath,
    wanted: Annotated[LinesWanted, Query()],
    parts: Parts,
    scope: CurrentObligationScope,
    cases_seen: SeesCases,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> LinePage:
    """最新在前；每一条都注明来源事件，各条之和即为得分。 Newest first, each with its event; their sum is the score."""
    extent = wanted.extent(now, _seen(unit, scope, rules), cases=cases_seen)
    async with scores_of_one_moment(parts.pool) as connection:
        found = await ScoreQueries(connection).page(
            extent,
            kinds=wanted.kind,
            with_points=wanted.with_points,
            after=wanted.after,
            limit=wanted.limit + 1,
        )
    return LinePage(
        as_of=extent.as_of,
        lines=[line_view(traced, language) for traced in found[: wanted.limit]],
        next_cursor=_next(found, wanted.limit),
    )


@router.get("/units/{code}/record", summary="单位履历 Record of a unit", responses=problems(*_ASKED, "not_registered"))
async def read_unit_record(
    code: UnitInPath,
    wanted: Annotated[PeriodWanted, Query()],
    parts: Parts,
    scope: CurrentObligationScope,
    cases_seen: SeesCases,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> UnitRecordView:
    """积分、按月合计、文书、案件、历次排名、最近明细。 Score, months, acts, cases, bulletins, newest lines."""
    extent = wanted.extent(now, _seen(code, scope, rules), cases=cases_seen)
    async with scores_of_one_moment(parts.pool) as connection:
        queries, records = ScoreQueries(connection), UnitRecords(connection)
        tally = (await queries.tallies(extent)).get(code) or Tally(code)
        months = await records.months(extent, timezone_of(rules))
        acts, cases = await records.acts(extent, SHOWN), await records.cases(extent, SHOWN)
        placements = await records.placements(code, extent, SHOWN)
        newest = await queries.page(extent, limit=_NEWEST_LINES + 1)
        position = await queries.position()
    return UnitRecordView(
        **holding_for(extent.as_of, position),
        **score_fields(tally, rules, language),
        months=[MonthView(**{name: getattr(each, name) for name in MonthView.model_fields}) for each in months],
        supervision_acts=[act_line(act, language) for act in acts],
        accountability_cases=[case_line(case, language) for case in cases],
        placements=placement_views(placements, rules, language),
        lines=[line_view(traced, language) for traced in newest[:_NEWEST_LINES]],
        next_cursor=_next(newest, _NEWEST_LINES),
    )


def _seen(unit: str, scope: frozenset[str] | None, rules: Rulebook) -> frozenset[str]:
    """The one unit, where the caller may see it; what lies outside does not exist for them."""
    if unit not in rules.units or (scope is not None and unit not in scope):
        raise NotRegistered(code=unit)
    return frozenset({unit})


def _compared(code: str, wanted: ScoresWanted, scope: frozenset[str] | None, rules: Rulebook) -> bool:
    if scope is not None and code not in scope:
        return False
    return wanted.kind is None or (code in rules.units and rules.units[code].kind in wanted.kind)


def _latest(extent: ScoreExtent) -> datetime:
    return extent.as_of if extent.ends_at is None else min(extent.as_of, extent.ends_at)


def _next(found: list[TracedLine], limit: int) -> str | None:
    return cursor_of(Place.of(found[limit - 1])) if len(found) > limit else None
