"""How rows of the event and current-state tables become records."""

import asyncpg

from services.store.records import LIST_COLUMNS, ListRow, StoredEvent, StoredState

EVENT_COLUMNS = (
    "seq, stream_id, version, event_id, kind, type, schema_version, occurred_at, recorded_at, actor, campaign_id, "
    "unit, area, data"
)
STATE_COLUMNS = f"stream_id, kind, version, state, updated_at, {', '.join(LIST_COLUMNS)}"


def event_of(row: asyncpg.Record, position: int | None) -> StoredEvent:
    """Make an event of a row that has the event columns."""
    return StoredEvent(
        position=position,
        seq=row["seq"],
        stream_id=row["stream_id"],
        version=row["version"],
        event_id=row["event_id"],
        kind=row["kind"],
        type=row["type"],
        schema_version=row["schema_version"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        campaign_id=row["campaign_id"],
        unit=row["unit"],
        area=row["area"],
        data=row["data"],
    )


def state_of(row: asyncpg.Record) -> StoredState:
    """Make a current state of a row that has the current-state columns."""
    return StoredState(
        stream_id=row["stream_id"],
        kind=row["kind"],
        version=row["version"],
        state=row["state"],
        row=ListRow(**{name: row[name] for name in LIST_COLUMNS}),
        updated_at=row["updated_at"],
    )
