"""Checks the entries of the log one after the other: their form, the versions of their streams, their payloads."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import orjson

from services.auditing.findings import Fault, Report
from services.transparency.payloads import data_sha256
from services.transparency.recorded import RecordedTimes, recorded_in

_NEEDED = {
    "actor": str,
    "actor_role": str,
    "command_key": str,
    "data_sha256": str,
    "event_id": str,
    "kind": str,
    "occurred_at": str,
    "schema_version": int,
    "stream_id": str,
    "type": str,
    "version": int,
}
_OPTIONAL = {"campaign_id", "unit", "area", "recorded_at"}


class Entries:
    """What was seen so far of every stream; entries come in the order of the log."""

    def __init__(self, report: Report, times: RecordedTimes) -> None:
        self._report = report
        self._times = times
        self._versions: dict[bytes, int] = {}
        self._skipped = 0
        self._since: dict[bytes, int] = {}  # how much was skipped before an entry of the stream was last seen

    @property
    def streams(self) -> int:
        """How many streams there are."""
        return len(self._versions)

    def skip(self) -> None:
        """Entries are missing here, which is told elsewhere: of any stream there may have been some among them."""
        self._skipped += 1

    def check(self, position: int, entry: bytes, payload: tuple[bytes, bytes] | None) -> None:
        """Check one entry, and its payload where that is at hand."""
        fields = fields_of(entry)
        if fields is None:
            self._report.found(Fault.ENTRY_MALFORMED, f"entry {position}", position)
            return
        self._follows(position, fields)
        if wrong := self._times.wrong_with(position, recorded_in(fields.get("recorded_at"))):
            where = f"{fields['kind']} {fields['stream_id']} version {fields['version']}"
            self._report.found(Fault.RECORDED_OUT_OF_TIME, where, position, wrong)
        if payload is not None:
            self._report.payloads += 1
            if data_sha256(*payload) != fields["data_sha256"]:
                where = f"{fields['kind']} {fields['stream_id']} version {fields['version']}"
                self._report.found(Fault.PAYLOAD_DIFFERS, where, position, fields["type"])

    def _follows(self, position: int, fields: dict[str, Any]) -> None:
        stream, version = fields["stream_id"], fields["version"]
        name = UUID(stream).bytes
        expected = self._versions.get(name, 0) + 1
        unseen = self._skipped > self._since.get(name, 0) and version > expected
        if version != expected and not unseen:
            where = f"{fields['kind']} {stream}"
            self._report.found(Fault.VERSION_GAP, where, position, f"version {version} where {expected} belongs")
        self._versions[name], self._since[name] = version, self._skipped


def payload_pairs(content: Sequence[tuple[bytes, bytes]] | None, count: int) -> Sequence[tuple[bytes, bytes] | None]:
    """The payloads of a bundle, or as many times nothing."""
    return content if content is not None else [None] * count


def fields_of(entry: bytes) -> dict[str, Any] | None:
    """The fields of a well-formed entry in the one canonical spelling of RFC 8785; None where it is not that."""
    try:
        parsed: Any = orjson.loads(entry)
        if not isinstance(parsed, dict) or orjson.dumps(parsed, option=orjson.OPT_SORT_KEYS) != entry:
            return None
        fields = cast(dict[str, Any], parsed)
        if fields.keys() - _OPTIONAL != _NEEDED.keys():
            return None
        if not all(type(fields[name]) is kind for name, kind in _NEEDED.items()):
            return None
        UUID(fields["stream_id"])
        recorded_in(fields.get("recorded_at"))
    except ValueError:
        return None
    return fields
