"""Checks an exported answer: every proof against the signed checkpoint, and every row against its proof."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from services.auditing.answer_files import AnswerFile
from services.auditing.entries import fields_of
from services.auditing.findings import Fault, Report
from services.auditing.trust import Trust
from services.transparency.checkpoint import Checkpoint, open_checkpoint
from services.transparency.merkle import ProofError, leaf_hash, verify_inclusion
from services.transparency.note import NoteError, name_of
from services.transparency.payloads import data_sha256
from services.transparency.proof import EntryProof

# What a row repeats of the entry, by the row's name and the entry's.
_REPEATED = (
    ("stream", "stream_id"),
    ("event_id", "event_id"),
    ("kind", "kind"),
    ("type", "type"),
    ("version", "version"),
    ("actor", "actor"),
    ("campaign", "campaign_id"),
    ("unit", "unit"),
    ("area", "area"),
)
_INSTANTS = ("occurred_at", "recorded_at")


@dataclass(slots=True)
class AnswerCheck:
    """One answer with all its files: the parts of its proofs, and of what they prove."""

    files: Sequence[AnswerFile]
    trust: Trust
    known: Sequence[bytes] = ()
    report: Report = field(default_factory=Report)
    _proved: dict[int, tuple[dict[str, Any], bytes]] = field(default_factory=dict[int, tuple[dict[str, Any], bytes]])
    _opened: dict[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])

    def run(self) -> Report:
        """Check everything that is there."""
        proofs = [each for each in self.files if each.proofs]
        shown = [each for each in self.files if not each.proofs]
        if not proofs:
            self.report.found(Fault.PROOFS_MISSING, ", ".join(each.name for each in shown))
        sizes = {each.size for each in self.files if each.size is not None}
        if len(sizes) > 1:
            self.report.found(Fault.ANSWERS_DIFFER, "log_size", detail=", ".join(map(str, sorted(sizes))))
        self.report.size = max(sizes, default=0)
        self._heads(proofs, shown)
        self._whole(proofs)
        for each in proofs:
            for row in each.rows:
                self._proof(each, row)
        kinds: dict[str, list[AnswerFile]] = {}
        for each in shown:
            kinds.setdefault(each.name.rpartition(".")[2], []).append(each)
        for parts in kinds.values():
            self._whole(parts)
            if proofs:
                self._rows(parts)
        opened = set(self._opened.values())
        for size in {each.size for each in opened if [other.size for other in opened].count(each.size) > 1}:
            self.report.found(Fault.ANSWERS_DIFFER, f"checkpoint of size {size}", size)
        self._witnessed()
        return self.report

    def _heads(self, proofs: Sequence[AnswerFile], shown: Sequence[AnswerFile]) -> None:
        """What each file says it is of must be signed: where an answer is empty, nothing else in it is."""
        for each in (*proofs, *shown):
            if each.checkpoint is None:
                # CSV has no room for one, and of a log that nobody had signed there is none.
                if each.proofs:
                    self.report.found(Fault.CHECKPOINT_MISSING, each.name)
                continue
            try:
                checkpoint = self._checkpoint(each.checkpoint)
            except NoteError as invalid:
                self.report.found(Fault.CHECKPOINT_INVALID, each.name, detail=invalid.code)
                continue
            if checkpoint.size != each.size:
                self.report.found(Fault.CHECKPOINT_INVALID, each.name, detail="checkpoint_of_another_size")

    def _whole(self, parts: Sequence[AnswerFile]) -> None:
        """Parts must join: each goes on where the one before broke off, and the last has its last line."""
        for each in parts:
            for line in each.damaged:
                self.report.found(Fault.LINE_DAMAGED, f"{each.name}:{line}")
            if each.miscounted:
                self.report.found(Fault.ANSWER_MISCOUNTED, each.name, detail=f"{len(each.rows)} rows")
        begun = [each for each in parts if each.after is None]
        for broken in parts:
            if broken.complete:
                continue
            last = broken.rows[-1]["position"] if broken.rows else broken.after
            if not any(each is not broken and each.after == last and last is not None for each in parts):
                if _goes_on(broken, parts):
                    continue
                self.report.found(Fault.ANSWER_TRUNCATED, broken.name, last, "" if last is None else f"after={last}")
        if parts and not begun:
            first = min(parts, key=lambda each: len(each.rows))
            self.report.found(Fault.ANSWER_BEGINS_LATE, first.name, first.after, f"after={first.after}")

    def _proof(self, file: AnswerFile, row: dict[str, Any]) -> None:
        position: int = row["position"]
        where = f"{file.name} position {position}"
        if position in self._proved:
            self.report.found(Fault.ROW_DOUBLE, where, position)
            return
        try:
            entry = row["entry"].encode()
            self._follows(EntryProof.parse(row["proof"]), entry, position, file.size)
            salt, data = base64.b64decode(row["salt"], validate=True), row["data"].encode()
        except NoteError as invalid:
            self.report.found(Fault.CHECKPOINT_INVALID, where, position, invalid.code)
            return
        except (ProofError, KeyError, AttributeError, TypeError, binascii.Error) as invalid:
            code = invalid.code if isinstance(invalid, ProofError) else type(invalid).__name__
            self.report.found(Fault.PROOF_INVALID, where, position, code)
            return
        fields = fields_of(entry)
        if fields is None:
            self.report.found(Fault.ENTRY_MALFORMED, where, position)
            return
        self.report.entries += 1
        self.report.payloads += 1
        if data_sha256(salt, data) != fields["data_sha256"]:
            self.report.found(Fault.PAYLOAD_DIFFERS, where, position, fields["type"])
        self._proved[position] = (fields, data)

    def _follows(self, proof: EntryProof, entry: bytes, position: int, size: int | None) -> None:
        """The entry stands at the position, in a log of the size the file names. Raises ProofError, NoteError."""
        checkpoint = self._checkpoint(proof.checkpoint)
        if proof.index != position:
            raise ProofError("index_of_another_entry")
        if size not in {None, checkpoint.size}:
            raise ProofError("checkpoint_of_another_size")
        verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)

    def _checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint of a note, opened once however many proofs are under it. Raises NoteError."""
        if note not in self._opened:
            opened = open_checkpoint(note, self.trust.logs, self.trust.witnesses)
            self._opened[note] = opened.checkpoint
            self.report.checkpoints += 1
            self.report.signed_by = tuple(name_of(each) for each in opened.signed_by)
            for witness in set(self.trust.witnesses).intersection(opened.signed_by):
                self.report.witnessed[name_of(witness)] = opened.checkpoint.size
            self._agrees(opened.checkpoint)
        return self._opened[note]

    def _agrees(self, checkpoint: Checkpoint) -> None:
        """With what the checker kept of the same size; between sizes only the whole log can tell."""
        for content in self.known:
            try:
                kept = open_checkpoint(content.decode(), self.trust.logs, self.trust.witnesses).checkpoint
            except (NoteError, UnicodeDecodeError) as invalid:
                self.report.found(Fault.CHECKPOINT_INVALID, "known checkpoint", detail=str(invalid))
                continue
            if kept.size == checkpoint.size and kept.root != checkpoint.root:
                self.report.found(Fault.CHECKPOINT_INCONSISTENT, f"checkpoint of size {kept.size}", kept.size)

    def _witnessed(self) -> None:
        for witness in self.trust.witnesses:
            if name_of(witness) not in self.report.witnessed:
                self.report.found(Fault.NOT_WITNESSED, name_of(witness))

    def _rows(self, parts: Sequence[AnswerFile]) -> None:
        """Each row must say what its proof says, and each proof must have its row."""
        seen: set[int] = set()
        for file in parts:
            for row in file.rows:
                position: int = row["position"]
                where = f"{file.name} position {position}"
                if position in seen:
                    self.report.found(Fault.ROW_DOUBLE, where, position)
                elif position not in self._proved:
                    self.report.found(Fault.ROW_NOT_PROVED, where, position)
                elif names := list(_differing(row, *self._proved[position])):
                    self.report.found(Fault.ROW_DIFFERS, where, position, ", ".join(names))
                seen.add(position)
                self.report.rows += 1
        for position in sorted(self._proved.keys() - seen):
            self.report.found(Fault.ROW_MISSING, parts[0].name, position, self._proved[position][0]["type"])


def _goes_on(broken: AnswerFile, parts: Sequence[AnswerFile]) -> bool:
    """Whether a part that says nothing of itself, as CSV, may go on in another: proofs tell which rows are missing."""
    return broken.size is None and broken.after is None and any(each.complete for each in parts if each is not broken)


def _differing(row: dict[str, Any], entry: dict[str, Any], data: bytes) -> Iterable[str]:
    for name, in_entry in _REPEATED:
        if row.get(name) != entry.get(in_entry):
            yield name
    for name in _INSTANTS:
        if name in entry and _instant(row.get(name)) != _instant(entry[name]):
            yield name
    if not _same_data(row.get("data"), data):
        yield "data"


def _same_data(shown: object, proved: bytes) -> bool:
    """Whether a row shows what was proved."""
    try:
        return shown == orjson.loads(proved)
    except ValueError:
        return False


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
