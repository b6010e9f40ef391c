"""What auditors ask for, and where a page of the answer ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Order = Literal["newest", "oldest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events; None: any. ``from`` is inclusive, ``to`` exclusive; ``areas`` already contain those below.

    ``person`` acted, or reported the item that the event is about. ``without_traces``: nothing of the access log.
    """

    streams: Sequence[UUID] | None = None
    person: str | None = None
    units: Sequence[str] | None = None
    areas: Sequence[str] | None = None
    types: Sequence[str] | None = None
    campaigns: Sequence[str] | None = None
    text: str | None = None
    without_evidence: bool = False
    without_traces: bool = False
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    recorded_from: datetime | None = None
    recorded_to: datetime | None = None
    position_from: int | None = None
    position_to: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The last event of the page before, in every order there is."""

    pos: int
    seq: int
    occurred_at: datetime
    recorded_at: datetime
