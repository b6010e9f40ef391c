"""What a case rests on and where it came from."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.accountability.rules import Series
from domain.clock import ClockKind
from domain.instant import Instant
from domain.item.values import Value
from domain.ladder import Occasion, Rung
from domain.text import Line


class RungCause(Value):
    """A rung that an item or an obligation climbed. ``number`` and ``title`` are those of that item or obligation.

    ``due_at``: the clock's deadline at the climb; ``occasion``: why, which need not be a missed deadline.
    """

    kind: Literal["rung"] = "rung"
    source: Literal["item", "obligation"]
    stream_id: UUID
    number: str
    title: str
    clock_id: str
    clock_kind: ClockKind
    due_at: Instant | None = None
    rung: Rung
    climbed_at: Instant
    occasion: Occasion = "time"

    @property
    def is_missed_deadline(self) -> bool:
        """Whether it was climbed because the deadline had passed."""
        return self.occasion == "time" and self.due_at is not None and self.climbed_at >= self.due_at


class RankingCause(Value):
    """A unit's place at the bottom of a bulletin's ranking. ``times``: how often by now, as the policy counts."""

    kind: Literal["ranking"] = "ranking"
    bulletin_id: UUID
    bulletin: str
    edition: int
    ranking_id: str
    period: str
    rank: int
    score: str
    times: Annotated[int, Field(ge=1)]
    earlier: tuple[str, ...] = ()


class HandCause(Value):
    """Somebody at work asked for it, for a reason."""

    kind: Literal["by_hand"] = "by_hand"
    reason: str


Cause = Annotated[RungCause | RankingCause | HandCause, Field(discriminator="kind")]


class Grounds(Value):
    """What a case or a decision rests on: items and obligations by id, bulletins by number, acts by number."""

    items: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    obligations: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    bulletins: Annotated[tuple[Annotated[Line, Field(max_length=200)], ...], Field(max_length=50)] = ()
    acts: Annotated[tuple[Annotated[Line, Field(max_length=100)], ...], Field(max_length=200)] = ()


class Number(Value):
    """A number without gaps in its series and year. ``text`` is how it is written: 创督〔2026〕12号."""

    series: Series
    year: Annotated[int, Field(ge=1900, le=9999)]
    sequence: Annotated[int, Field(ge=1)]
    text: str
