"""Any aggregate as it stood, folded from its events, and what changed between two moments, field by field."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.audit_rights import AuditScope
from services.gateway.audit_views import AuditEvent
from services.gateway.indicator_views import AsOfInTheFuture
from services.gateway.item_lists import QueryInstant
from services.gateway.item_views import View
from services.gateway.refusals import BeyondTheLog, RangeReversed, Refusal, UnknownPath
from services.handling.aggregates import ACCESS, PERSON, PREFERENCES, PRINCIPAL
from services.handling.folding import fold
from services.store.audit_queries import AuditQueries
from services.store.records import StoredEvent

By = Literal["recorded", "occurred"]
_MOST = 2**62
_LONGEST_STREAM = 20_000
_BY = (
    "as_of 按记录时间（当时系统所知）或发生时间。 By when it was written down, which is what was known then, or by "
    "when it happened."
)


class NoSuchStream(UnknownPath):
    """There is no such aggregate, it lies outside the caller's area, or it did not exist by then."""

    status = 404
    code = "no_such_stream"


class StreamTooLong(Refusal):
    """It has more events than are shown at once: ask for its events by pages."""

    status = 422
    code = "stream_too_long"


class BeyondTheStream(Refusal):
    """It has fewer events than that. Facts: ``versions``, how many."""

    status = 404
    code = "beyond_the_stream"


class MomentWanted(BaseModel):
    """A moment, or a position of the log; now where neither is given."""

    model_config = ConfigDict(extra="forbid")

    as_of: QueryInstant | None = Field(None, description="截至时刻（含）。 The moment, inclusive.")
    by: By = Field("recorded", description=_BY)
    position: int | None = Field(None, ge=0, le=_MOST, description="截至日志位置（含）。 Up to this position.")
    version: int | None = Field(None, ge=1, le=_MOST, description="截至第几个事件（含）。 After so many events.")


class BetweenWanted(BaseModel):
    """Two moments, or two positions of the log; ``to`` is now where it is not given."""

    model_config = ConfigDict(extra="forbid")

    since: QueryInstant | None = Field(None, alias="from", description="较早的时刻。 The earlier moment.")
    until: QueryInstant | None = Field(None, alias="to", description="较晚的时刻。 The later moment.")
    by: By = Field("recorded", description=_BY)
    from_position: int | None = Field(None, ge=0, le=_MOST, description="较早的日志位置。 The earlier position.")
    to_position: int | None = Field(None, ge=0, le=_MOST, description="较晚的日志位置。 The later position.")

    def moments(self) -> tuple[MomentWanted, MomentWanted]:
        """Both; raises RangeReversed."""
        for start, end in ((self.since, self.until), (self.from_position, self.to_position)):
            if start is not None and end is not None and start > end:  # pyright: ignore[reportOperatorIssue]
                raise RangeReversed
        return (
            MomentWanted(as_of=self.since, by=self.by, position=self.from_position, version=None),
            MomentWanted(as_of=self.until, by=self.by, position=self.to_position, version=None),
        )


class StateView(View):
    """An aggregate as it stood."""

    stream: UUID
    kind: str = Field(examples=["item"])
    version: int = Field(description="事件数。 Number of events.", examples=[4])
    position: int | None = Field(description="最后一个事件的日志位置。 Position of the last event.", examples=[73])
    occurred_at: datetime
    recorded_at: datetime
    state: dict[str, Any] = Field(examples=[{"status": "rectifying"}])


class Change(View):
    """One field that changed."""

    path: str = Field(description="JSON 指针。 JSON pointer (RFC 6901).", examples=["/dossier/climbs/0"])
    before: Any = Field(description="空表示原来没有。 Null: there was none.")
    after: Any = Field(description="空表示后来没有。 Null: there is none any more.")


def span(
    events: Sequence[StoredEvent], wanted: BetweenWanted, log_size: int, now: datetime
) -> tuple[list[StoredEvent], list[StoredEvent]]:
    """The events up to the earlier moment and up to the later one; refuses RangeReversed, and what `events_by` does."""
    earlier, later = wanted.moments()
    before, after = events_by(events, earlier, log_size, now), events_by(events, later, log_size, now)
    if earlier.as_of is None and earlier.position is None:
        before = []
    if len(before) > len(after):  # a moment and a position cannot be compared but by what had happened
        raise RangeReversed
    return before, after


class Difference(View):
    """What changed between two moments. ``before`` is null where there was nothing yet."""

    stream: UUID
    kind: str = Field(examples=["item"])
    before: int = Field(description="较早时刻的版本，0 表示尚不存在。 Version then; 0: it did not exist.", examples=[3])
    after: int = Field(examples=[5])
    changes: list[Change]
    events: list[AuditEvent] = Field(description="其间的事件。 The events in between.")


async def stream_events(queries: AuditQueries, stream_id: UUID, scope: AuditScope) -> list[StoredEvent]:
    """All events of a stream within the scope; refuses NoSuchStream and StreamTooLong."""
    subject = (await queries.subjects([stream_id])).get(stream_id)
    if subject is None or (scope.areas is not None and subject.area not in scope.areas):
        raise NoSuchStream
    if subject.kind == ACCESS.kind and not scope.traces:
        raise NoSuchStream
    events = await queries.stream(stream_id, _LONGEST_STREAM + 1)
    if len(events) > _LONGEST_STREAM:
        raise StreamTooLong(most=_LONGEST_STREAM)
    return events


def persons_in(events: Sequence[StoredEvent]) -> tuple[str, ...]:
    """Whom an aggregate itself is about, by opaque ids: for the access log. Shapes: at least one event."""
    first = events[0]
    match first.kind:
        case PRINCIPAL.kind:
            return (str(first.stream_id),)
        case PERSON.kind:
            return (str(orjson.loads(first.data)["person_id"]),)
        case ACCESS.kind | PREFERENCES.kind:  # somebody's day, somebody's choice
            return (first.actor,)
        case _:
            return ()


def events_by(events: Sequence[StoredEvent], moment: MomentWanted, log_size: int, now: datetime) -> list[StoredEvent]:
    """The events up to a moment; refuses BeyondTheLog, BeyondTheStream, and AsOfInTheFuture."""
    if moment.position is not None and moment.position >= log_size:
        raise BeyondTheLog(size=log_size)
    if moment.version is not None and moment.version > len(events):
        raise BeyondTheStream(versions=len(events))
    # Clocks differ: what stands in the log has happened, whatever ours says.
    if moment.as_of is not None and moment.as_of > max(now, *(_at(event, moment.by) for event in events)):
        raise AsOfInTheFuture(as_of=moment.as_of.isoformat())
    chosen: list[StoredEvent] = []
    for event in events:
        if moment.as_of is not None and _at(event, moment.by) > moment.as_of:
            break
        if moment.position is not None and (event.position is None or event.position > moment.position):
            break
        if moment.version is not None and event.version > moment.version:
            break
        chosen.append(event)
    return chosen


def _at(event: StoredEvent, by: By) -> datetime:
    return event.recorded_at if by == "recorded" else event.occurred_at


def state_view(events: Sequence[StoredEvent]) -> StateView:
    """The state that events lead to. Shapes: at least one event."""
    last = events[-1]
    return StateView(
        stream=last.stream_id,
        kind=last.kind,
        version=last.version,
        position=last.position,
        occurred_at=last.occurred_at,
        recorded_at=last.recorded_at,
        state=_state(events),
    )


def changes(earlier: Sequence[StoredEvent], later: Sequence[StoredEvent]) -> list[Change]:
    """What changed from the state that some events lead to, to that of these and more."""
    if not later:
        return []
    return list(differences("", _state(earlier) if earlier else {}, _state(later)))


def _state(events: Sequence[StoredEvent]) -> dict[str, Any]:
    return orjson.loads(fold(events)[0])


def differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    """What differs between two JSON values, field by field, and place by place in lists."""
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast(dict[str, Any], before), cast(dict[str, Any], after)
        for name in (*old, *(name for name in new if name not in old)):
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from differences(f"{path}/{escaped}", old.get(name), new.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        old, new = cast(list[Any], before), cast(list[Any], after)
        for place in range(max(len(old), len(new))):
            sides = (side[place] if place < len(side) else None for side in (old, new))
            yield from differences(f"{path}/{place}", *sides)
    elif before != after:
        yield Change(path=path, before=before, after=after)
