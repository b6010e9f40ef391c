"""A unit's record over time: its sums by month, acts, cases, places in bulletins' rankings, and its newest lines."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from domain.indicator.decisions import formulas
from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import View
from services.gateway.score_views import LineView, MomentView, ScoreView, act_name, measure_name
from services.messages.catalogue import Language
from services.store.unit_records import ActOrCase, Placement

SHOWN = 200
"""How many acts, cases and placements a record shows at most."""


class MonthView(View):
    """One month of the city's calendar; months without lines are left out."""

    month: str = Field(examples=["2026-11"])
    points: int = Field(examples=[-7])
    taken: int = Field(description="扣分。 Points taken.", examples=[10])
    returned: int = Field(description="返还。 Points given back.", examples=[3])
    overdue: int = Field(description="超期次数。 Deadlines missed.", examples=[4])
    rungs: int = Field(description="督办升级次数。 Rungs climbed.", examples=[6])
    acts: int = Field(description="印发文书数。 Acts issued.", examples=[2])
    cases: int = Field(description="问责立案数。 Cases opened.", examples=[1])


class ActLine(View):
    """An act of supervision planned within the period."""

    id: UUID
    act: str = Field(examples=["order"])
    act_text: str = Field(examples=["督办单"])
    number: str | None = Field(
        description="未印发的没有编号。 None before it is issued.", examples=["创督〔2026〕12号"]
    )
    points: int = Field(description="本身的加减分。 Points of its own.", examples=[0])
    planned_at: Instant
    issued_at: Instant | None
    withdrawn_at: Instant | None


class CaseLine(View):
    """An accountability case opened within the period."""

    id: UUID
    number: str | None = Field(examples=["创问〔2026〕3号"])
    points: int = Field(description="现行决定的加减分。 Points as they stand.", examples=[-2])
    opened_at: Instant
    decided_at: Instant | None
    reviewed_at: Instant | None
    withdrawn_at: Instant | None
    closed_at: Instant | None
    measure: str | None = Field(description="现行处理。 The measure that stands.", examples=["education"])
    measure_text: str | None = Field(examples=["批评教育"])


class PlacementView(View):
    """The unit's place in one ranking of a bulletin, by the edition that held at the moment."""

    bulletin_id: UUID
    bulletin: str = Field(examples=["weekly/2026-W47"])
    kind: str = Field(examples=["weekly"])
    period: str = Field(examples=["2026-W47"])
    edition: int = Field(examples=[1])
    published_at: Instant
    ranking: str = Field(examples=["units"])
    name: str = Field(examples=["责任单位排名"])
    rank: int | None = Field(description="无案件的不排名。 None without any cases.", examples=[2])
    ranked: int = Field(description="参加排名的单位数。 How many had a rank.", examples=[12])
    score: Decimal | None = Field(examples=["91.40"])
    red: bool = Field(description="是否在红榜。 On the red list.", examples=[True])
    black: bool = Field(description="是否在黑榜。 On the black list.", examples=[False])


class UnitRecordView(MomentView, ScoreView):
    """The record. Acts, cases and placements are the newest two hundred of the period."""

    months: list[MonthView] = Field(description="按月合计，最近的在前。 Sums by month, newest first.")
    supervision_acts: list[ActLine] = Field(description="督办文书。 Acts of supervision.")
    accountability_cases: list[CaseLine] = Field(description="问责案件。 Accountability cases.")
    placements: list[PlacementView] = Field(description="历次通报排名。 Its places in bulletins.")
    lines: list[LineView] = Field(description="最近的记录。 The newest lines.")
    next_cursor: str | None = Field(
        description="在 /v1/scores/{unit}/lines 继续。 Goes on in /v1/scores/{unit}/lines; null at the end."
    )


def act_line(act: ActOrCase, language: Language) -> ActLine:
    """An act as it is shown."""
    kind = act.act or ""
    return ActLine(
        id=act.stream_id,
        act=kind,
        act_text=act_name(kind, language),
        number=act.number,
        points=act.points,
        planned_at=act.begun_at,
        issued_at=act.taken_at,
        withdrawn_at=act.withdrawn_at,
    )


def case_line(case: ActOrCase, language: Language) -> CaseLine:
    """A case as it is shown."""
    return CaseLine(
        id=case.stream_id,
        number=case.number,
        points=case.points,
        opened_at=case.begun_at,
        decided_at=case.taken_at,
        reviewed_at=case.reviewed_at,
        withdrawn_at=case.withdrawn_at,
        closed_at=case.closed_at,
        measure=case.measure,
        measure_text=measure_name(case.measure, language) if case.measure else None,
    )


def placement_views(placements: Sequence[Placement], rules: Rulebook, language: Language) -> list[PlacementView]:
    """Those in rankings of units: an area may have the same code."""
    shown: list[PlacementView] = []
    for each in placements:
        rule = formulas(rules, each.formulas).ranking(each.ranking)
        if rule is not None and rule.of == "unit":
            same = ("bulletin_id", "bulletin", "kind", "period", "edition", "published_at", "ranking", "rank", "ranked")
            shown.append(
                PlacementView(
                    **{name: getattr(each, name) for name in same},
                    name=rule.name.zh if language == "zh" else rule.name.en,
                    score=each.score,
                    red=each.red,
                    black=each.black,
                )
            )
    return shown
