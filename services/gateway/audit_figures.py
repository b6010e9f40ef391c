"""What led to one figure of a bulletin: its cases as of the bulletin's moment, and whether they still add up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.bulletin.content import Content
from domain.bulletin.state import Bulletin, Edition
from domain.indicator.book import Cases, FormulaBook
from domain.indicator.figures import Figure
from domain.organisation.state import Area, Unit
from domain.rulebook.rulebook import Rulebook
from services.gateway.audit_views import AuditEvent, audit_events
from services.gateway.indicator_views import CaseView, IndicatorView, case_view
from services.gateway.item_views import View
from services.gateway.refusals import UnknownPath
from services.gateway.wiring import Gateway
from services.handling.aggregates import AREA, UNIT
from services.handling.folding import fold
from services.indicators.scope import About, extent
from services.messages.catalogue import Language
from services.store.audit_queries import AuditQueries
from services.store.facts_at import events_of_kinds
from services.store.indicator_queries import Case, Extent
from services.store.item_queries import Scope
from services.store.records import StoredEvent

MOST_LATE = 200


class NoSuchFigure(UnknownPath):
    """The bulletin has no such edition, indicator or ranked unit, or the figure no such side."""

    status = 404
    code = "no_such_figure"


class FigureWanted(BaseModel):
    """Which figure, and which page of the cases behind it."""

    model_config = ConfigDict(extra="forbid")

    edition: int | None = Field(None, ge=1, le=2**31, description="版次，缺省为现行版。 Edition; the one that holds.")
    ranking: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="某一排名中的数，须同时给出 unit。 A figure of a ranking; then say whose."
    )
    unit: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="排名中的单位或区域。 The unit or area in the ranking.", examples=["cleaning"]
    )
    side: Annotated[str, Field(pattern="^(numerator|denominator)$")] = Field(
        "numerator", description="分子或分母。 numerator or denominator."
    )
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class CaseBehind(CaseView):
    """One case, with what had been written down about its item when the bulletin was computed."""

    events: list[AuditEvent]


class FigureView(View):
    """A figure as it was published, and the cases behind it."""

    bulletin: str = Field(examples=["weekly/2026-W47"])
    edition: int
    published: IndicatorView = Field(description="通报所载。 As it was published.")
    recounted: int = Field(
        description="按通报当时的日志位置与截至时刻重数的件数。 Cases as of the bulletin's moment, from what "
        "the log said at its position.",
        examples=[42],
    )
    agrees: bool = Field(
        description="重数是否与通报一致；不一致即通报所载并非其所据事件得出。 Whether that is what was published; "
        "if not, the figure is not what the events it names give."
    )
    recounted_now: int = Field(
        description="按现有全部事件、同一截至时刻重数的件数。 Cases as of the same moment, from all that is known now.",
        examples=[43],
    )
    recorded_later: list[AuditEvent] = Field(
        description="发生在截至时刻之前、通报后才记录的事项事件，至多 200 条；两次重数之差由此而来。 Events of items "
        "that had happened by the bulletin's moment and were written down after it, at most 200: why the counts differ."
    )
    recorded_later_count: int = Field(
        description="这样的事件共有多少条。 How many such events there are in all.", examples=[1]
    )
    cases: list[CaseBehind]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


def question_of(bulletin_id: UUID, edition: Edition, code: str, wanted: FigureWanted) -> str:
    """What tells the cases of one figure from those of another: for cursors and the access log."""
    told = {"bulletin": bulletin_id, "edition": edition.edition, "figure": code, "side": wanted.side}
    place = {"ranking": wanted.ranking, "unit": wanted.unit}
    return urlencode(told | {name: value for name, value in place.items() if value is not None})


def edition_of(bulletin: Bulletin, wanted: FigureWanted, code: str) -> Edition:
    """The edition asked for, the newest unless said; refuses NoSuchFigure."""
    found = next((each for each in bulletin.editions if each.edition == wanted.edition), None)
    if wanted.edition is None:
        found = bulletin.newest
    if found is None:
        raise NoSuchFigure(edition=wanted.edition or 0, indicator=code)
    return found


def published_figure(edition: Edition, wanted: FigureWanted, code: str) -> Figure:
    """The figure as it stands in the edition; refuses NoSuchFigure."""
    figures: Sequence[Figure] = edition.content.figures
    if wanted.ranking is not None or wanted.unit is not None:
        lines = (
            line
            for ranking in edition.content.rankings
            if wanted.ranking in {None, ranking.ranking_id}
            for line in ranking.lines
            if line.code == wanted.unit
        )
        figures = next((line.figures for line in lines), ())
    found = next((figure for figure in figures if figure.code == code), None)
    if found is None:
        raise NoSuchFigure(edition=edition.edition, indicator=code)
    return found


def side_of(book: FormulaBook, wanted: FigureWanted, edition: Edition, code: str) -> Cases:
    """The cases of one side of its formula; refuses NoSuchFigure."""
    side = getattr(book.formula(code), wanted.side, None)
    if side is None:
        raise NoSuchFigure(edition=edition.edition, indicator=code)
    return side


def extent_of(bulletin: Bulletin, content: Content, wanted: FigureWanted, book: FormulaBook, rules: Rulebook) -> Extent:
    """The cases of the bulletin's campaign and period, or those of one ranked unit or area among them."""
    rule = None if wanted.ranking is None else book.ranking(wanted.ranking)
    by_area = rule is not None and rule.of == "area"
    about = About(
        campaign_id=bulletin.campaign_id,
        unit=None if by_area else wanted.unit,
        area=wanted.unit if by_area else None,
        starts_at=content.period.starts_at,
        ends_at=content.period.ends_at,
    )
    return extent(about, Scope(), rules)


async def organisation_at(parts: Gateway, rules: Rulebook, position: int) -> Rulebook:
    """The rulebook with the tree of units and areas as it stood at a position of the log."""
    streams: dict[UUID, list[StoredEvent]] = {}
    for event in await events_of_kinds(parts.pool, [UNIT.kind, AREA.kind], position):
        streams.setdefault(event.stream_id, []).append(event)
    units: dict[str, Unit] = {}
    areas: dict[str, Area] = {}
    for events in streams.values():
        state, _ = fold(events)
        if events[0].kind == UNIT.kind:
            unit: Unit = UNIT.states.validate_json(state)
            units[unit.code] = unit
        else:
            area: Area = AREA.states.validate_json(state)
            areas[area.code] = area
    return replace(rules, units=units, areas=areas)


async def cases_behind(
    queries: AuditQueries, cases: Sequence[Case], content: Content, rules: Rulebook, language: Language
) -> list[CaseBehind]:
    """Cases with the events of their items that were in the log when the bulletin was computed."""
    by_item: dict[UUID, list[AuditEvent]] = {}
    events = await queries.events_until([case.item_id for case in cases], content.position)
    for event in await audit_events(queries, events, rules, language, content=True, json=False):
        by_item.setdefault(event.stream, []).append(event)
    return [_with_events(case, by_item) for case in cases]


def _with_events(case: Case, by_item: Mapping[UUID, list[AuditEvent]]) -> CaseBehind:
    return CaseBehind(**dict(case_view(case)), events=by_item.get(case.item_id, []))
