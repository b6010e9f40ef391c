"""Everything that led to one figure in a bulletin."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from domain.errors import Forbidden
from domain.indicator.decisions import formulas
from services.gateway.access import Trail
from services.gateway.audit_asking import QuestionTooWide
from services.gateway.audit_figures import (
    MOST_LATE,
    FigureView,
    FigureWanted,
    cases_behind,
    edition_of,
    extent_of,
    organisation_at,
    published_figure,
    question_of,
    side_of,
)
from services.gateway.audit_rights import CurrentContentScope
from services.gateway.audit_views import audit_events
from services.gateway.bulletin_handling import read
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.indicator_views import CASE_PLACES, case_place, indicator_views, place_of_case
from services.indicators.indicators import open_indicators_at
from services.store.audit_queries import AuditQueries
from services.store.facts_at import TooMuchToldLaterError, events_at

router = APIRouter(prefix="/v1/audit/bulletins", tags=["审计 audit"])


@router.get(
    "/{bulletin_id}/figures/{code}",
    summary="通报数字的由来 What led to a figure",
    responses=problems(
        *READING, "role_not_allowed", "no_such_bulletin", "no_such_figure", "cursor_malformed", "question_too_wide"
    ),
)
async def read_figure(
    bulletin_id: UUID,
    code: Annotated[str, Path(max_length=63, description="指标代码。 The indicator.", examples=["on_time_disposal"])],
    wanted: Annotated[FigureWanted, Query()],
    _scope: CurrentContentScope,
    caller: CurrentPrincipal,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> FigureView:
    """通报所载的数、按同一公式、截至时刻与当时日志重数的结果、背后的每一件及其经过。 Everything behind a figure.

    The figure as published, recounted by the same version of the formulas as of the same moment, from what the log said
    when it was computed, with every case behind it; and as it would be counted now, with what was written down since.
    For those who see the whole city: a bulletin is about all of it.
    """
    if caller.standing.area is not None:
        raise Forbidden(role=caller.standing.role, command="ReadAudit")
    bulletin, _ = await read(parts, bulletin_id)
    edition = edition_of(bulletin, wanted, code)
    figure = published_figure(edition, wanted, code)
    book = formulas(rules, edition.content.formulas)
    content, side = edition.content, side_of(book, wanted, edition, code)
    question = question_of(bulletin_id, edition, code, wanted)
    after = case_place(place_in(wanted.cursor, CASE_PLACES, question))
    cases = extent_of(bulletin, content, wanted, book, await organisation_at(parts, rules, content.position))
    try:
        async with open_indicators_at(parts.pool, content.position, content.as_of) as (then, now, later):
            recounted, recounted_now = [await each.count(side, cases, content.as_of) for each in (then, now)]
            found = await then.cases(side, cases, content.as_of, after=after, limit=wanted.limit + 1)
    except TooMuchToldLaterError:
        raise QuestionTooWide from None
    queries, late = AuditQueries(parts.pool), await events_at(parts.pool, later.positions[:MOST_LATE])
    [published] = indicator_views((figure,), book, language)
    shown = found[: wanted.limit]
    await trail.history_read(question)
    return FigureView(
        bulletin=bulletin.number,
        edition=edition.edition,
        published=published,
        recounted=recounted,
        agrees=recounted == getattr(figure, wanted.side),
        recounted_now=recounted_now,
        recorded_later=await audit_events(queries, late, rules, language, content=True, json=False),
        recorded_later_count=len(later.positions),
        cases=await cases_behind(queries, shown, content, rules, language),
        next_cursor=cursor_of(place_of_case(shown[-1]), question) if len(found) > wanted.limit else None,
    )
