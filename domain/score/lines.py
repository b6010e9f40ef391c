"""One line of a unit's record: what one event says about the unit, and the points that it takes or gives back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from domain.accountability.rules import Measure
from domain.ladder import Rung
from domain.supervision.values import ActKind

START = 100
"""What every unit starts a period with. Points are taken from it without a floor: a score can fall below zero."""

Source = Literal["item", "obligation", "act", "case"]
SOURCES: tuple[Source, ...] = ("item", "obligation", "act", "case")


class LineKind(StrEnum):
    """Why a line stands in a record. Those of acts and cases stand there even where they move no points."""

    OVERDUE = "overdue"  # 超期: a deadline of the unit passed
    RUNG = "rung"  # 督办: a rung was climbed
    APPEAL_GRANTED = "appeal_granted"  # 申诉成立: the mark does not count, its rungs' points come back
    ACT = "act"  # an act was planned; with points where no rung carries them
    ACT_ISSUED = "act_issued"  # 印发
    ACT_WITHDRAWN = "act_withdrawn"  # 撤销: its own points come back
    CASE_OPENED = "case_opened"  # 立案
    CASE_DECISION = "case_decision"  # 问责决定
    CASE_REVIEW = "case_review"  # 复核: the difference between the points decided and those that stand
    CASE_WITHDRAWN = "case_withdrawn"  # 撤案
    CASE_CLOSED = "case_closed"  # 结案


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """A line, known by its event: ``version`` in the stream ``stream_id``. ``points`` below zero are taken.

    ``waived``: points the event states that do not count, since an appeal had excused what it is about.
    ``corrects``: the versions, in the same stream, of the lines whose points this one gives back or corrects.
    ``number``: that of the item, obligation, act or case; None for an act that was not issued yet.
    """

    stream_id: UUID
    version: int
    source: Source
    kind: LineKind
    at: datetime
    unit: str
    campaign_id: str | None = None
    number: str | None = None
    points: int = 0
    waived: int = 0
    clock_id: str | None = None
    rung: Rung | None = None
    act: ActKind | None = None
    measure: Measure | None = None
    policy_version: str | None = None
    corrects: tuple[int, ...] = ()
