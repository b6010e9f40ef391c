"""Checkpoints by c2sp.org/tlog-checkpoint: a log's origin, its size and its root, signed as a note."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from services.transparency.merkle import HASH_BYTES
from services.transparency.note import Algorithm, Note, NoteError, Signer, Verifier, cosigned_at, signed

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3
_LAST = int(datetime(9999, 12, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: the root over its first ``size`` entries."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text of the note. No extension lines: witnesses do not speak for them."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note. Raises NoteError: checkpoint_malformed."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < _LINES or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise NoteError("checkpoint_malformed")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error:
            raise NoteError("checkpoint_malformed") from None
        if len(root) != HASH_BYTES:
            raise NoteError("checkpoint_malformed")
        return cls(lines[0], int(lines[1]), root)

    def signed(self, signers: Sequence[Signer], cosignatures: Sequence[str] = ()) -> str:
        """The whole note, with witnesses' lines below the log's own."""
        return signed(self.text, signers, cosignatures)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose note was verified, and by whom it was signed."""

    checkpoint: Checkpoint
    note: Note
    signed_by: tuple[Verifier, ...]

    @property
    def cosigned(self) -> list[tuple[int, datetime]]:
        """Its size with the time of each witness who was asked for and signed."""
        witnesses = {(by.name, by.key_id) for by in self.signed_by if by.algorithm is Algorithm.COSIGNATURE}
        lines = [each for each in self.note.signatures if (each.name, each.key_id) in witnesses]
        return [(self.checkpoint.size, instant_of(cosigned_at(each.content))) for each in lines]


def instant_of(timestamp: int) -> datetime:
    """The instant of a POSIX timestamp; the last there is where somebody signed one beyond that."""
    return datetime.fromtimestamp(min(timestamp, _LAST), UTC)


def without_cosignatures(content: str) -> str:
    """The note as the log itself signed it: lines by keys of other names are left out. Raises NoteError."""
    note = Note.parse(content)
    origin = Checkpoint.parse(note.text).origin
    return f"{note.text}\n{''.join(each.line for each in note.signatures if each.name == origin)}"


def open_checkpoint(content: str, logs: Iterable[Verifier], witnesses: Iterable[Verifier] = ()) -> SignedCheckpoint:
    """Read a checkpoint that one of the log's keys has signed.

    Raises NoteError: malformed, a wrong signature, signed by none of the log's keys, or of another log.
    """
    note = Note.parse(content)
    trusted = tuple(logs)
    note.verified_by(trusted)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in {verifier.name for verifier in trusted}:
        raise NoteError("another_log")
    return SignedCheckpoint(checkpoint, note, note.verified_by((*trusted, *witnesses)))
