"""The log entry of an event, the leaf that auditors verify: RFC 8785 JSON of its metadata with the hash of its data.

RFC 8785 sorts names by UTF-16 code units and escapes only what JSON must. For a flat object with ASCII names, text and
small integers orjson with sorted keys writes the same bytes as the reference library, much faster; a property test
holds it to that.
"""

import hashlib
from datetime import UTC, datetime

import orjson

from services.store.records import Append, NewEvent


def fixed_utc(instant: datetime) -> str:
    """Say an aware instant in one spelling only: UTC, six digits of a second, Z."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone means nothing in the log")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def entry_bytes(
    command: Append, event: NewEvent, version: int, salt: bytes, recorded_at: datetime | None = None
) -> bytes:
    """Write the entry of one event at its version of the stream; fields that are None are left out.

    Entries from before the time of recording stood in them have none. The salt keeps data of few possible values from
    being guessed by its hash. Lone surrogates raise TypeError, which orjson's encode error is.
    """
    fields: dict[str, str | int] = {
        "actor": command.actor,
        "actor_role": command.actor_role,
        "command_key": command.key,
        "data_sha256": hashlib.sha256(salt + event.data).hexdigest(),
        "event_id": str(event.event_id),
        "kind": command.kind,
        "occurred_at": fixed_utc(event.occurred_at),
        "schema_version": event.schema_version,
        "stream_id": str(command.stream_id),
        "type": event.type,
        "version": version,
    }
    if command.campaign_id is not None:
        fields["campaign_id"] = command.campaign_id
    if command.unit is not None:
        fields["unit"] = command.unit
    if command.area is not None:
        fields["area"] = command.area
    if recorded_at is not None:
        fields["recorded_at"] = fixed_utc(recorded_at)
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
