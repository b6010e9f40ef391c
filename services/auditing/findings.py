"""What a check of the log found: each fault with a code and the place where it stands."""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

_KEPT_OF_A_KIND = 20


class Fault(StrEnum):
    """What can be wrong with a log. The values are stable."""

    CHECKPOINT_MISSING = "checkpoint_missing"
    CHECKPOINT_INVALID = "checkpoint_invalid"  # malformed, or not signed by the key
    CHECKPOINT_INCONSISTENT = "checkpoint_inconsistent"  # an older tree is not the beginning of this one
    CHECKPOINT_AHEAD = "checkpoint_ahead"  # larger than the newest one: the log was cut off
    NOT_WITNESSED = "not_witnessed"  # a witness that is asked for has cosigned no checkpoint
    TIME_STAMP_INVALID = "time_stamp_invalid"  # not for this checkpoint, or not by an authority that is trusted
    ROOT_DIFFERS = "root_differs"
    BUNDLE_MISSING = "bundle_missing"
    BUNDLE_DAMAGED = "bundle_damaged"
    TILE_MISSING = "tile_missing"
    TILE_DAMAGED = "tile_damaged"
    TILE_DIFFERS = "tile_differs"  # its hashes are not those of the entries
    ENTRY_MALFORMED = "entry_malformed"
    RECORDED_OUT_OF_TIME = "recorded_out_of_time"  # its time of recording contradicts signed times, or the order
    VERSION_GAP = "version_gap"  # a stream's versions do not follow on each other
    PAYLOADS_MISSING = "payloads_missing"
    PAYLOADS_DAMAGED = "payloads_damaged"
    PAYLOAD_DIFFERS = "payload_differs"  # not what the entry pins by its hash
    # Of an exported answer and its proofs:
    PROOFS_MISSING = "proofs_missing"  # without them nothing in an answer can be checked
    PROOF_INVALID = "proof_invalid"  # it does not lead from its entry to the checkpoint
    ANSWERS_DIFFER = "answers_differ"  # the files are not of one log size, so not one answer
    ANSWER_TRUNCATED = "answer_truncated"  # broken off, and no part goes on from there
    ANSWER_BEGINS_LATE = "answer_begins_late"  # a second part without the first
    ANSWER_MISCOUNTED = "answer_miscounted"  # its last line counts other rows than there are
    LINE_DAMAGED = "line_damaged"
    ROW_DOUBLE = "row_double"
    ROW_NOT_PROVED = "row_not_proved"  # added: no proof is of it
    ROW_MISSING = "row_missing"  # taken away: proved, and not in the answer
    ROW_DIFFERS = "row_differs"  # it does not say what was proved


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. ``position`` is that of the entry concerned, or of the first entry of what is concerned."""

    fault: Fault
    where: str
    position: int | None = None
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What was checked and what was found; of each kind of fault the first few are kept, and all are counted."""

    size: int = 0
    entries: int = 0
    payloads: int = 0
    streams: int = 0
    rows: int = 0  # of an answer, held against their proofs
    checkpoints: int = 0
    time_stamps: int = 0
    stamped: tuple[int, str] | None = None  # the largest size with a time stamp, and the time, ISO 8601
    signed_by: tuple[str, ...] = ()
    witnessed: dict[str, int] = field(default_factory=dict[str, int])  # by each witness, up to which size
    findings: list[Finding] = field(default_factory=list[Finding])
    counts: Counter[Fault] = field(default_factory=Counter[Fault])

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.counts

    def as_json(self) -> dict[str, Any]:
        """Everything for programs. `asdict` alone takes a Counter apart into pairs, and counts those."""
        return {"sound": self.sound} | asdict(replace(self, counts=Counter())) | {"counts": dict(self.counts)}

    def found(self, fault: Fault, where: str, position: int | None = None, detail: str = "") -> None:
        """Add a fault."""
        self.counts[fault] += 1
        if self.counts[fault] <= _KEPT_OF_A_KIND:
            self.findings.append(Finding(fault, where, position, detail))
