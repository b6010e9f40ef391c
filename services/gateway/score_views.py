"""Scores as people need them: sums by unit, and every line with a sentence and the event that it comes from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook
from domain.score.lines import START, LineKind, ScoreLine, Source
from services.gateway.item_views import View, unit_name
from services.messages.catalogue import Language, fill, section, word
from services.store.score_queries import Tally, TracedLine

_SCORE = "起始分加减分后的得分，可低于零。 start with all points added; it may fall below zero."


class MomentView(View):
    """What an answer holds for."""

    as_of: Instant
    position: int = Field(description="已计入的最后一条事件。 The last event of the log that counts.", examples=[52817])
    behind: int = Field(description="尚未计入的事件数。 Events of the log that do not count yet.", examples=[0])
    start: int = Field(description="每个时段的起始分。 What every unit starts a period with.", examples=[START])


class ScoreView(View):
    """The sums of one unit's own lines within a period; units below it have scores of their own."""

    unit: str = Field(examples=["cleaning"])
    name: str | None = Field(examples=["环卫处"])
    score: int = Field(description=_SCORE, examples=[93])
    points: int = Field(description="各条记录之和，负数为扣分。 The sum of its lines.", examples=[-7])
    taken: int = Field(description="扣分。 Points taken.", examples=[10])
    returned: int = Field(description="返还。 Points given back.", examples=[3])
    overdue: int = Field(description="超期次数，含申诉成立的。 Deadlines missed, excused ones included.", examples=[4])
    excused: int = Field(description="其中申诉成立的。 Those of them that an appeal has excused.", examples=[1])
    rungs: dict[str, int] = Field(
        description="各级督办次数。 Rungs climbed, by level.", examples=[{"remind": 4, "supervise": 2}]
    )
    acts: dict[str, int] = Field(description="印发的督办文书。 Acts issued, by kind.", examples=[{"order": 2}])
    cases: int = Field(description="问责立案数。 Accountability cases opened.", examples=[1])
    measures: dict[str, int] = Field(
        description="时段内决定的问责案件，按现行处理。 Cases decided, by the measure that stands.",
        examples=[{"education": 1}],
    )


class RankedScoreView(ScoreView):
    """A unit's sums with its rank."""

    rank: int | None = Field(
        description="名次，同分同名次。 Equal scores share it; null for those who see some units only.",
        examples=[2],
    )


class ScoresAnswer(MomentView):
    """The scores of all units that had work to do, best first, with both lists."""

    units: list[RankedScoreView]
    red: list[str] = Field(description="红榜。 Red list, best first.", examples=[["parks"]])
    black: list[str] = Field(
        description="黑榜：扣分最多者，不含红榜单位和未扣分者。 Black list, worst first; never without points taken.",
        examples=[["cleaning"]],
    )


class LineView(View):
    """One line of a unit's record, and the event it comes from."""

    unit: str = Field(examples=["cleaning"])
    campaign: str | None = Field(examples=["civilised-2026"])
    at: Instant
    kind: LineKind = Field(examples=["rung"])
    name: str = Field(examples=["督办升级"])
    sentence: str = Field(examples=["2026-0000123：整改时限，督办升级至督办。扣 3 分。"])
    points: int = Field(description="负数为扣分。 Below zero: taken.", examples=[-3])
    waived: int = Field(
        description="因申诉已成立而不扣的分。 Points of the event that do not count after a granted appeal.",
        examples=[0],
    )
    corrects: list[int] = Field(
        description="所返还或更正的各条的 version。 The version of each line, in the same stream, corrected.",
        examples=[[7, 9]],
    )
    source: Source = Field(description="来源对象的种类。 What it is about.", examples=["item"])
    stream_id: UUID = Field(description="来源对象。 The item, obligation, act or case.")
    version: int = Field(description="该对象的第几条事件。 Which event of it.", examples=[7])
    event_id: UUID
    event_type: str = Field(examples=["item.rung_climbed.v1"])
    recorded_at: Instant = Field(description="何时记录。 When the event was written down.")
    actor: str = Field(description="操作主体的标识。 Id of the principal.")
    number: str | None = Field(description="编号。 Its number.", examples=["2026-0000123"])
    clock_id: str | None = Field(examples=["rectify-1"])
    rung: str | None = Field(examples=["supervise"])
    act: str | None = Field(examples=["order"])
    measure: str | None = Field(examples=["education"])
    policy_version: str | None = Field(description="所依据的规则版本。 The policy it follows.", examples=["city@3"])


class LinePage(View):
    """A page of lines, newest first."""

    as_of: Instant
    lines: list[LineView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


def holding_for(as_of: datetime, position: tuple[int, int]) -> dict[str, Any]:
    """The fields of MomentView."""
    return {"as_of": as_of, "position": position[0], "behind": position[1], "start": START}


def score_fields(tally: Tally, rules: Rulebook, language: Language) -> dict[str, Any]:
    """The fields of ScoreView."""
    sums = ("unit", "points", "taken", "returned", "overdue", "excused", "rungs", "acts", "cases", "measures")
    return {
        **{name: getattr(tally, name) for name in sums},
        "name": unit_name(rules, tally.unit, language),
        "score": START + tally.points,
    }


def line_view(traced: TracedLine, language: Language) -> LineView:
    """A line with its sentence."""
    line = traced.line
    same = ("unit", "at", "kind", "points", "waived", "corrects", "source", "stream_id", "version", "number")
    what = ("clock_id", "rung", "act", "measure", "policy_version")
    return LineView(
        **{name: getattr(line, name) for name in (*same, *what)},
        campaign=line.campaign_id,
        name=section("scores")["kinds"][line.kind][language]["name"],
        sentence=_sentence(line, language),
        event_id=traced.event_id,
        event_type=traced.event_type,
        recorded_at=traced.recorded_at,
        actor=traced.actor,
    )


def act_name(act: str, language: Language) -> str:
    """An act's kind in words."""
    return word("act_kind", act, language)


def measure_name(measure: str, language: Language) -> str:
    """A measure in words."""
    return word("measure", measure, language)


def _sentence(line: ScoreLine, language: Language) -> str:
    texts: Mapping[str, Any] = section("scores")
    facts: dict[str, Any] = {"number": line.number or "", "rung": line.rung}
    if line.clock_id is not None:
        facts["clock"] = word("clock", line.clock_id.rpartition("-")[0], language)
    if line.act is not None:
        facts["act"] = act_name(line.act, language)
    if line.measure is not None:
        facts["measure"] = measure_name(line.measure, language)
    said = [fill(texts["kinds"][line.kind][language]["sentence"], facts, language)]
    for effect, points in (("taken", -line.points), ("returned", line.points), ("waived", line.waived)):
        if points > 0:
            said.append(fill(texts["points"][effect][language], {"points": points}, language))
    return ("" if language == "zh" else " ").join(said)
