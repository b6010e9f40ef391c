"""Holds rows of the store against the log: what each event's columns and content should be follows from its entry."""

import hashlib
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson

from services.doctor.damage import Damage, Fault, Place
from services.store.entry import fixed_utc
from services.store.integrity import missing_positions
from services.transparency.merkle import leaf_hash

# What an entry says and no column repeats.
_ONLY_IN_ENTRIES = ("actor_role", "command_key")
_NO_HASH = bytes(32)
_DOCUMENTS = b'"documents":[{'


class Rows:
    """Rows of the log with their events, one after the other; collects what is wrong and which documents are named."""

    def __init__(self) -> None:
        self.damage = Damage()
        self.documents: dict[str, Place] = {}

    def check(self, rows: list[asyncpg.Record], start: int, end: int) -> list[bytes]:
        """Check positions from start to end (exclusive); returns the hashes that the log has for them."""
        gaps = missing_positions((row["pos"] for row in rows), start, end)
        for first, after in gaps:
            self.damage.found(Fault.POSITION_MISSING, Place(first, last=after - 1))
        hashes = [row["logged_hash"] for row in rows]
        for first, after in gaps:
            hashes[first - start : first - start] = [_NO_HASH] * (after - first)
        for row in rows:
            self._row(row)
        return hashes

    def _row(self, row: asyncpg.Record) -> None:
        if row["event_seq"] is None:
            self.damage.found(Fault.EVENT_MISSING, Place(row["pos"], detail=f"seq {row['seq']}"))
            return
        entry: bytes = row["entry"]
        computed = leaf_hash(entry)
        if computed != row["logged_hash"] or computed != row["leaf_hash"]:
            self._found(Fault.ENTRY_CHANGED, row, row["type"])
        fields = entry_fields(entry)
        if fields is None:
            self._found(Fault.ENTRY_MALFORMED, row, row["type"])
            return
        expected = _fields_of(row)
        data = row["data"]
        data_sha256 = hashlib.sha256(row["salt"] + data).hexdigest()
        if fields.pop("data_sha256", None) != data_sha256:
            self._found(Fault.DATA_CHANGED, row, row["type"])
        missing = [name for name in _ONLY_IN_ENTRIES if type(fields.pop(name, None)) is not str]
        if fields != expected or missing:
            names = sorted(name for name in fields.keys() | expected.keys() if fields.get(name) != expected.get(name))
            said = _as_entered(fields)
            detail = ", ".join([*names, *missing])
            self.damage.found(
                Fault.COLUMNS_CHANGED, Place(row["pos"], *(said or (row["stream_id"], row["version"])), detail)
            )
        if _DOCUMENTS in data:
            for sha256 in _documents_in(data):
                self.documents.setdefault(sha256, Place(row["pos"], row["stream_id"], row["version"], sha256))

    def _found(self, fault: Fault, row: asyncpg.Record, detail: str) -> None:
        self.damage.found(fault, Place(row["pos"], row["stream_id"], row["version"], detail))


def entry_fields(entry: bytes) -> dict[str, Any] | None:
    """The fields of an entry in its one canonical spelling; None where it is anything else."""
    try:
        fields: Any = orjson.loads(entry)
        if not isinstance(fields, dict) or orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) != entry:
            return None
    except ValueError:
        return None
    return cast(dict[str, Any], fields)


def _fields_of(row: asyncpg.Record) -> dict[str, Any]:
    """What the entry of a row should say, as far as columns repeat it."""
    fields: dict[str, Any] = {
        "actor": row["actor"],
        "event_id": str(row["event_id"]),
        "kind": row["kind"],
        "occurred_at": fixed_utc(row["occurred_at"]),
        "schema_version": row["schema_version"],
        "stream_id": str(row["stream_id"]),
        "type": row["type"],
        "version": row["version"],
    }
    for name in ("campaign_id", "unit", "area"):
        if row[name] is not None:
            fields[name] = row[name]
    return fields


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
