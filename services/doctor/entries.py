"""Holds rows of the store against the log: what each event's columns and content should be follows from its entry."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson

from services.doctor.damage import Damage, Fault, Place
from services.store.entry import fixed_utc
from services.store.integrity import LoggedRow, missing_positions
from services.transparency.merkle import leaf_hash
from services.transparency.payloads import data_sha256

# What an entry says and no column repeats.
_ONLY_IN_ENTRIES = ("actor_role", "command_key")
_NO_HASH = bytes(32)
_DOCUMENTS = b'"documents":[{'
_RECORDED = b'"recorded_at":"'
# Position, stream, version, and the time of recording where the entry gives one.
Followed = tuple[int, str, int, datetime | None]


class Rows:
    """Rows of the log with their events, one after the other; collects what is wrong and which documents are named."""

    def __init__(self) -> None:
        self.damage = Damage()
        self.documents: dict[str, Place] = {}
        self.versions: list[Followed] = []

    def check(self, rows: Sequence[LoggedRow], start: int, end: int) -> list[bytes]:
        """Check positions from start to end (exclusive); returns the hashes that the log has for them."""
        gaps = missing_positions((row.position for row in rows), start, end)
        for first, after in gaps:
            self.damage.found(Fault.POSITION_MISSING, Place(first, last=after - 1))
        hashes = [row.logged_hash for row in rows]
        for first, after in gaps:
            hashes[first - start : first - start] = [_NO_HASH] * (after - first)
        for row in rows:
            if row.event_missing:
                self.damage.found(Fault.EVENT_MISSING, Place(row.position, detail=f"seq {row.seq}"))
                continue
            # As the column says it, but only where the entry says it, too: that they agree is told of with the columns.
            recorded = row.recorded_at if _RECORDED in row.entry else None
            self.versions.append((row.position, row.stream_id, row.version, recorded))
            if not _is_as_entered(row):
                self._explain(row)
            if _DOCUMENTS in row.data:
                for sha256 in _documents_in(row.data):
                    self.documents.setdefault(sha256, _place(row, sha256))
        return hashes

    def _explain(self, row: LoggedRow) -> None:
        """Say what differs."""
        computed = leaf_hash(row.entry)
        if computed != row.logged_hash or computed != row.leaf_hash:
            self.damage.found(Fault.ENTRY_CHANGED, _place(row, row.type))
        fields = entry_fields(row.entry)
        if fields is None:
            self.damage.found(Fault.ENTRY_MALFORMED, _place(row, row.type))
            return
        if fields.pop("data_sha256", None) != data_sha256(row.salt, row.data):
            self.damage.found(Fault.DATA_CHANGED, _place(row, row.type))
        missing = [name for name in _ONLY_IN_ENTRIES if type(fields.pop(name, None)) is not str]
        expected = _fields_of(row)
        if "recorded_at" not in fields:
            del expected["recorded_at"]
        if fields != expected or missing:
            names = sorted(name for name in fields.keys() | expected.keys() if fields.get(name) != expected.get(name))
            said = _as_entered(fields) or (UUID(row.stream_id), row.version)
            place = Place(row.position, *said, ", ".join([*names, *missing]))
            self.damage.found(Fault.COLUMNS_CHANGED, place)


def _is_as_entered(row: LoggedRow) -> bool:
    """Whether nothing is wrong with a row: its entry is what its columns and its data lead to, to the byte."""
    entry = row.entry
    if not leaf_hash(entry) == row.logged_hash == row.leaf_hash:
        return False
    try:
        said: Any = orjson.loads(entry)
        expected = _fields_of(row)
        if "recorded_at" not in said:
            del expected["recorded_at"]  # an entry from before it stood there
        expected["data_sha256"] = data_sha256(row.salt, row.data)
        for name in _ONLY_IN_ENTRIES:
            expected[name] = said[name]
            if type(said[name]) is not str:
                return False
        return orjson.dumps(expected, option=orjson.OPT_SORT_KEYS) == entry
    except (ValueError, TypeError, LookupError):
        return False


def entry_fields(entry: bytes) -> dict[str, Any] | None:
    """The fields of an entry in its one canonical spelling; None where it is anything else."""
    try:
        fields: Any = orjson.loads(entry)
        if not isinstance(fields, dict) or orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) != entry:
            return None
    except ValueError:
        return None
    return cast(dict[str, Any], fields)


def _fields_of(row: LoggedRow) -> dict[str, Any]:
    """What the entry of a row should say, as far as columns repeat it."""
    fields: dict[str, Any] = {
        "actor": row.actor,
        "event_id": row.event_id,
        "kind": row.kind,
        "occurred_at": fixed_utc(row.occurred_at),
        "recorded_at": fixed_utc(row.recorded_at),
        "schema_version": row.schema_version,
        "stream_id": row.stream_id,
        "type": row.type,
        "version": row.version,
    }
    if row.campaign_id is not None:
        fields["campaign_id"] = row.campaign_id
    if row.unit is not None:
        fields["unit"] = row.unit
    if row.area is not None:
        fields["area"] = row.area
    return fields


def _place(row: LoggedRow, detail: str) -> Place:
    return Place(row.position, UUID(row.stream_id), row.version, detail)


def _as_entered(fields: dict[str, Any]) -> tuple[UUID, int] | None:
    """The stream and version by the entry, which is what was signed."""
    try:
        return UUID(fields["stream_id"]), int(fields["version"])
    except (KeyError, ValueError, TypeError):
        return None


def _documents_in(data: bytes) -> Iterator[str]:
    """The hashes of documents that an event says were issued."""
    try:
        content: Any = orjson.loads(data)
    except ValueError:
        return
    if isinstance(content, dict):
        for reference in cast(dict[str, Any], content).get("documents") or ():
            if isinstance(reference, dict) and isinstance(sha256 := cast(dict[str, Any], reference).get("sha256"), str):
                yield sha256
