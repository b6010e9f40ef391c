"""The issue events that back-office systems fire: CloudEvents 1.0 attributes around the data of an issue."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.instant import Instant
from domain.item.commands import AnyEvidence, SomeEvidence
from domain.item.values import Channel, Location, Note
from domain.text import Code, Line

REPORTED = "duban.issue.reported.v1"
FIXED_ON_THE_SPOT = "duban.issue.fixed_on_the_spot.v1"
TYPES = frozenset({REPORTED, FIXED_ON_THE_SPOT})

# One line of visible text: the key that recognises an event joins source and id with a line break.
OneLine = StringConstraints(min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")


class Reporter(BaseModel):
    """Who reported. Kept in an erasable table; events of the store carry an opaque id only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=100)] | None = None
    phone: Annotated[str, Field(max_length=50)] | None = None


class ReportedData(BaseModel):
    """The data of both event types: what was seen, where, and by whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel
    category: Code
    area: Code
    title: Annotated[Line, Field(min_length=1, max_length=200)]
    description: Note | None = None
    location: Location | None = None
    reporter: Reporter | None = None


class IssueData(ReportedData):
    """Data of `duban.issue.reported.v1`."""

    evidence: AnyEvidence = ()
    rectify_by: Instant | None = None


class FixedData(ReportedData):
    """Data of `duban.issue.fixed_on_the_spot.v1`: the evidence shows the correction."""

    evidence: SomeEvidence


class Envelope(BaseModel):
    """The attributes that matter here; extension attributes are allowed and ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"]
    id: Annotated[str, OneLine, Field(max_length=200)]
    source: Annotated[str, OneLine, Field(max_length=100)]
    time: Instant | None = Field(default=None, description="When the issue was seen; without it, now.")
    datacontenttype: Annotated[str, Field(pattern=r"(?i)^application/json\s*(;.*)?$")] = "application/json"
    data_base64: None = Field(default=None, description="Not taken: the data is JSON and stands in `data`.")


class IssueReported(Envelope):
    """问题上报. An issue was seen."""

    type: Literal["duban.issue.reported.v1"]
    data: IssueData


class IssueFixedOnTheSpot(Envelope):
    """随检立清. An issue was seen and corrected at once."""

    type: Literal["duban.issue.fixed_on_the_spot.v1"]
    data: FixedData


AnyIssueEvent = IssueReported | IssueFixedOnTheSpot
IssueEvent = Annotated[AnyIssueEvent, Field(discriminator="type")]
