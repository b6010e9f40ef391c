"""What can be asked about scores: the campaign, the period, the moment, and how long the lists are."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.instant import Instant
from domain.organisation.state import UnitKind
from domain.score.lines import LineKind
from services.gateway.cursors import place_in
from services.gateway.indicator_views import AsOfInTheFuture
from services.gateway.item_lists import QueryInstant, Several
from services.indicators.scope import PeriodReversed
from services.store.score_queries import LinePlace, ScoreExtent, TracedLine


class PeriodWanted(BaseModel):
    """Which lines count."""

    model_config = ConfigDict(extra="forbid")

    campaign: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="创建活动。 Campaign.", examples=["civilised-2026"]
    )
    starts_at: QueryInstant | None = Field(None, alias="from", description="时段起（含）。 Period from.")
    ends_at: QueryInstant | None = Field(None, alias="to", description="时段止（不含）。 Period until, exclusive.")
    as_of: QueryInstant | None = Field(None, description="截至时刻，缺省为现在。 The moment; now unless given.")

    def extent(self, now: datetime, units: frozenset[str] | None, *, cases: bool) -> ScoreExtent:
        """The same in the store's words; raises AsOfInTheFuture and PeriodReversed."""
        if self.as_of is not None and self.as_of > now:
            raise AsOfInTheFuture(as_of=self.as_of.isoformat())
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise PeriodReversed(starts_at=self.starts_at.isoformat(), ends_at=self.ends_at.isoformat())
        return ScoreExtent(
            as_of=self.as_of or now,
            units=units,
            campaign_id=self.campaign,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            cases=cases,
        )


class ScoresWanted(PeriodWanted):
    """Which units, and how long the lists are."""

    kind: Several[UnitKind] = Field(
        None,
        description="只比较这些类别的单位。 Compare units of these kinds only; all by default.",
        examples=[["street", "town"]],
    )
    red: int = Field(3, ge=0, le=1000, description="红榜名次数，默认 3。 Ranks on the red list; 3 by default.")
    black: int = Field(3, ge=0, le=1000, description="黑榜名次数，默认 3。 Places on the black list; 3 by default.")


class LinesWanted(PeriodWanted):
    """A page of lines, newest first."""

    kind: Several[LineKind] = Field(
        None, description="记录种类。 Kinds of line.", examples=[["rung", "appeal_granted"]]
    )
    with_points: bool = Field(
        default=False, description="只看有加减分的。 Only those that move points.", examples=[True]
    )
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")

    @property
    def after(self) -> LinePlace | None:
        """Where the page begins; raises CursorMalformed."""
        place = place_in(self.cursor, _PLACES)
        return None if place is None else LinePlace(place.at, place.stream_id, place.version)


class Place(BaseModel):
    """Where a page of lines ended."""

    model_config = ConfigDict(extra="forbid")

    at: Instant
    stream_id: UUID
    version: Annotated[int, Field(ge=1, lt=2**63)]

    @classmethod
    def of(cls, traced: TracedLine) -> Self:
        """The place of a line."""
        return cls(at=traced.line.at, stream_id=traced.line.stream_id, version=traced.line.version)


_PLACES = TypeAdapter(Place)
