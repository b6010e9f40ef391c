"""Everything that led to one figure in a bulletin."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from domain.errors import Forbidden
from domain.indicator.decisions import formulas
from services.gateway.access import Trail
from services.gateway.audit_figures import (
    MOST_LATE,
    FigureView,
    FigureWanted,
    cases_behind,
    edition_of,
    extent_of,
    published_figure,
    side_of,
)
from services.gateway.audit_rights import CurrentContentScope
from services.gateway.audit_views import audit_events
from services.gateway.bulletin_handling import read
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.indicator_views import CASE_PLACES, case_place, indicator_views, place_of_case
from services.indicators.indicators import open_indicators
from services.store.audit_queries import AuditQueries

router = APIRouter(prefix="/v1/audit/bulletins", tags=["审计 audit"])


@router.get(
    "/{bulletin_id}/figures/{code}",
    summary="通报数字的由来 What led to a figure",
    responses=problems(*READING, "role_not_allowed", "no_such_bulletin", "no_such_figure", "cursor_malformed"),
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
    """通报所载的数、按同一公式与截至时刻重数的结果、背后的每一件及其经过。 Everything behind a figure.

    The figure as published, recounted by the same version of the formulas as of the same moment, with every case behind
    it and what the log said of it then. For those who see the whole city: a bulletin is about all of it.
    """
    if caller.standing.area is not None:
        raise Forbidden(role=caller.standing.role, command="ReadAudit")
    bulletin, _ = await read(parts, bulletin_id)
    edition = edition_of(bulletin, wanted, code)
    figure = published_figure(edition, wanted, code)
    book = formulas(rules, edition.content.formulas)
    side, cases = side_of(book, wanted, edition, code), extent_of(bulletin, edition.content, wanted, book, rules)
    after = case_place(place_in(wanted.cursor, CASE_PLACES))
    async with open_indicators(parts.pool) as indicators:
        recounted = await indicators.count(side, cases, edition.content.as_of)
        found = await indicators.cases(side, cases, edition.content.as_of, after=after, limit=wanted.limit + 1)
    agrees = recounted == getattr(figure, wanted.side)
    queries, content = AuditQueries(parts.pool), edition.content
    late = [] if agrees else await queries.recorded_later("item", content.position, content.as_of, MOST_LATE)
    [published] = indicator_views((figure,), book, language)
    shown = found[: wanted.limit]
    await trail.history_read(f"bulletin={bulletin_id}&edition={edition.edition}&figure={code}&side={wanted.side}")
    return FigureView(
        bulletin=bulletin.number,
        edition=edition.edition,
        published=published,
        recounted=recounted,
        agrees=agrees,
        recorded_later=await audit_events(queries, late, rules, language, content=True, json=False),
        cases=await cases_behind(queries, shown, content, rules, language),
        next_cursor=cursor_of(place_of_case(shown[-1])) if len(found) > wanted.limit else None,
    )
