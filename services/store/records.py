"""What goes into the event store and what comes out of it, as plain frozen records."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that has been decided and is not yet written; `data` is its JSON payload."""

    event_id: UUID
    type: str
    schema_version: int
    occurred_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """The columns that lists filter and sort by; None where an aggregate kind has no use for one."""

    number: str | None = None
    status: str | None = None
    open: bool | None = None
    campaign_id: str | None = None
    unit: str | None = None
    area: str | None = None
    category: str | None = None
    channel: str | None = None
    source: str | None = None
    title: str | None = None
    reported_at: datetime | None = None
    due_at: datetime | None = None
    next_due_at: datetime | None = None
    next_due: str | None = None
    highest_rung: str | None = None
    supporting: Sequence[str] | None = None

    def as_json(self, updated_at: datetime) -> bytes:
        """Say the columns and the instant of the last event as es.append expects them."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in LIST_COLUMNS}
        columns["updated_at"] = updated_at
        return orjson.dumps(columns)


LIST_COLUMNS = tuple(field.name for field in fields(ListRow))


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """What one command leads to: its events, the state after them, and the answer to give when its key comes again.

    ``trace``: the trace that the events belong to, kept beside them where there is one.

    `state` is JSON. `expected_version` is 0 for a new stream. Texts and JSON must not contain U+0000, which PostgreSQL
    cannot hold.
    """

    key: str
    request_sha256: bytes
    stream_id: UUID
    kind: str
    expected_version: int
    actor: str
    actor_role: str
    campaign_id: str | None
    unit: str | None
    area: str | None
    events: tuple[NewEvent, ...]
    state: bytes
    row: ListRow
    answer: bytes
    trace: str | None = None

    @property
    def version(self) -> int:
        """The stream's version once this is written."""
        return self.expected_version + len(self.events)


class Outcome(StrEnum):
    """What became of one command of a batch."""

    APPENDED = "appended"
    REPLAYED = "replayed"  # same key, same request: nothing written, the stored answer given again
    KEY_REUSED = "key_reused"  # same key, another request: refused
    CONFLICT = "conflict"  # the stream has moved on: load, decide and try again


@dataclass(frozen=True, slots=True)
class Appended:
    """The outcome with the stream's version and the answer; version 0 and no answer where nothing is written."""

    outcome: Outcome
    version: int
    answer: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it was committed; `position` is its place in the log, None when it was read by stream."""

    position: int | None
    seq: int
    stream_id: UUID
    version: int
    event_id: UUID
    kind: str
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    campaign_id: str | None
    unit: str | None
    area: str | None
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """The current-state row of one aggregate.

    `state` is JSON as PostgreSQL writes it (names reordered), `updated_at` the last event's occurred_at.
    """

    stream_id: UUID
    kind: str
    version: int
    state: bytes
    row: ListRow
    updated_at: datetime
