"""The history of any aggregate in sentences, how it stood at any moment, and what changed between two."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.gateway.access import Trail
from services.gateway.audit_rights import CurrentContentScope
from services.gateway.audit_states import (
    BetweenWanted,
    Difference,
    MomentWanted,
    NoSuchStream,
    StateView,
    changes,
    events_by,
    persons_in,
    span,
    state_view,
    stream_events,
)
from services.gateway.audit_views import AuditEvent, audit_events
from services.gateway.dependencies import AskedLanguage, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.item_views import View
from services.store.audit_queries import AuditQueries

router = APIRouter(prefix="/v1/audit/streams", tags=["审计 audit"])

_STREAM = (*READING, "role_not_allowed", "no_such_stream", "stream_too_long")
_MOMENT = ("beyond_the_log", "as_of_in_future")


class StreamHistory(View):
    """All events of one aggregate, oldest first."""

    stream: UUID
    kind: str = Field(examples=["case"])
    events: list[AuditEvent]


@router.get("/{stream_id}/history", summary="任何对象的经过 History of anything", responses=problems(*_STREAM))
async def read_stream_history(
    stream_id: UUID,
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
    json: Annotated[bool, Query(description="附上事件的 JSON。 With the JSON of each event.")] = False,
) -> StreamHistory:
    """事项、案件、督办文书、任务、规则、主体……每个事件一句话。 A sentence for each event, whatever it is about."""
    queries = AuditQueries(parts.pool)
    events = await stream_events(queries, stream_id, scope)
    shown = await audit_events(queries, events, rules, language, content=True, json=json)
    await trail.history_read(f"stream={stream_id}", persons_in(events), with_data=json)
    return StreamHistory(stream=stream_id, kind=events[0].kind, events=shown)


@router.get(
    "/{stream_id}",
    summary="任何对象的历史状态 Anything as it stood",
    responses=problems(*_STREAM, *_MOMENT, "beyond_the_stream"),
)
async def read_stream_state(
    stream_id: UUID,
    wanted: Annotated[MomentWanted, Query()],
    scope: CurrentContentScope,
    parts: Parts,
    trail: Trail,
) -> StateView:
    """截至某一时刻或日志位置的状态，由事件重算。 Folded from its events up to a moment or a position."""
    queries = AuditQueries(parts.pool)
    events = await stream_events(queries, stream_id, scope)
    chosen = events_by(events, wanted, await queries.log_size(), parts.now())
    if not chosen:
        raise NoSuchStream
    await trail.history_read(f"stream={stream_id}", persons_in(events), with_data=True)
    return state_view(chosen)


@router.get(
    "/{stream_id}/difference",
    summary="两个时刻之间的变化 What changed in between",
    responses=problems(*_STREAM, *_MOMENT, "range_reversed"),
)
async def read_difference(
    stream_id: UUID,
    wanted: Annotated[BetweenWanted, Query()],
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Difference:
    """逐个字段的前后值，以及其间的事件。 Every field that changed, before and after, and the events that did it."""
    wanted.moments()  # refuses before anything is read what is reversed by itself
    queries = AuditQueries(parts.pool)
    events = await stream_events(queries, stream_id, scope)
    before, after = span(events, wanted, await queries.log_size(), parts.now())
    between = await audit_events(queries, after[len(before) :], rules, language, content=True, json=False)
    await trail.history_read(f"stream={stream_id}", persons_in(events), with_data=True)
    return Difference(
        stream=stream_id,
        kind=events[0].kind,
        before=len(before),
        after=len(after),
        changes=changes(before, after),
        events=between,
    )
