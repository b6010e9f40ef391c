"""The values an item is made of: the issue, evidence, the assignment, marks and climbs."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.clock import ClockKind
from domain.instant import Instant
from domain.ladder import Occasion, Rung
from domain.limits import Limit
from domain.text import Code, Line, Passage

Note = Annotated[Passage, Field(max_length=4000)]
_FETCHED = r"^(https?|s3|oss|cos|ftps?|sftp|urn|cid):\S+$"


class Value(BaseModel):
    """Immutable, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(StrEnum):
    """How an issue reached us (DOMAIN.md, intake channels)."""

    HOTLINE = "hotline"  # 12345 热线
    COMPLAINT = "complaint"  # 投诉举报
    INSPECTION = "inspection"  # 督查
    UNANNOUNCED_VISIT = "unannounced_visit"  # 暗访
    EVALUATION = "evaluation"  # 第三方测评
    PATROL = "patrol"  # 网格巡查
    SELF_CHECK = "self_check"  # 自查
    ORDER = "order"  # 上级交办
    MEDIA = "media"  # 媒体曝光


class Location(Value):
    """Where: an address in words, degrees as decimal strings (WGS 84)."""

    address: Annotated[Line, Field(max_length=500)] | None = None
    latitude: Annotated[Decimal, Field(ge=-90, le=90, max_digits=16, decimal_places=12)] | None = None
    longitude: Annotated[Decimal, Field(ge=-180, le=180, max_digits=16, decimal_places=12)] | None = None


class Evidence(Value):
    """佐证材料: a photo or document kept elsewhere, pinned by its SHA-256 where the source gives one.

    ``uri`` has a scheme that only fetches: what a browser would run, such as ``javascript:``, is no evidence.
    """

    uri: Annotated[Line, Field(max_length=1000, pattern=_FETCHED)]
    kind: Literal["before", "after", "document"] = "document"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    note: Annotated[Passage, Field(max_length=500)] | None = None


class Issue(Value):
    """问题: what was reported. ``reporter`` is an opaque id; the person stands in an erasable table."""

    source: Annotated[Line, Field(min_length=1, max_length=100)]
    source_id: Annotated[Line, Field(min_length=1, max_length=200)]
    channel: Channel
    category: Code
    area: Code
    title: Annotated[Line, Field(min_length=1, max_length=200)]
    description: Note | None = None
    location: Location | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=50)] = ()
    reporter: UUID | None = None


class Assignment(Value):
    """交办: the lead unit 牵头 and supporting units 配合, under a dispatch number 交办单号."""

    order_number: str
    unit: Code
    supporting: tuple[Code, ...] = ()
    round: int


class AppealStatus(StrEnum):
    """Where an appeal against an overdue mark stands."""

    NONE = "none"
    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"


class OverdueMark(Value):
    """A deadline that passed. The fact stays; a granted appeal only corrects the score."""

    clock_id: str
    kind: ClockKind
    due_at: Instant
    unit: str | None
    appeal: AppealStatus = AppealStatus.NONE


class Climb(Value):
    """A rung that was climbed, on which clock, why, against which unit, and until when it is to have answered.

    ``missed``: the marked deadline that it follows on; None: it came ahead of the deadline, or by an occasion.
    """

    rung: Rung
    clock_id: str
    at: Instant
    unit: str | None
    occasion: Occasion = "time"
    points: int = 0
    answer_by: Instant | None = None
    missed: Instant | None = None


class ExtensionRequest(Value):
    """延期: asked by the unit, waiting for the office."""

    by: Limit
    reason: str
    asked_at: Instant
