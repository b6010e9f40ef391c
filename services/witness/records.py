"""What a witness remembers: the latest checkpoint it cosigned of each log, and requests that show a log misbehave."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from services.transparency.checkpoint import Checkpoint
from services.transparency.note import Note

_MOST_EVIDENCE = 1000
_NAME_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Records:
    """A folder with a file for each log, named after the hash of its origin, and a folder of evidence.

    Losing it makes the witness forget what it vouched for: restore no older copy of it, make a new key instead.
    """

    path: Path

    def latest(self, origin: str) -> Checkpoint | None:
        """The checkpoint cosigned last; None for a log never seen. Raises NoteError where the file was damaged."""
        file = self._file(origin)
        return Checkpoint.parse(Note.parse(file.read_text(encoding="utf-8")).text) if file.is_file() else None

    def keep(self, origin: str, note: str) -> None:
        """Replace the latest checkpoint, whole or not at all, and on the disk when this returns."""
        _write(self._file(origin), note)

    def keep_evidence(self, request: str) -> None:
        """Keep a request that its log has signed although it contradicts what the log signed before.

        The same once; no more than a thousand altogether, so that nobody fills the disk.
        """
        folder = self.path / "evidence"
        file = folder / f"{_digest(request)}.request"
        if not file.exists() and len(list(folder.glob("*.request"))) < _MOST_EVIDENCE:
            _write(file, request)

    def _file(self, origin: str) -> Path:
        return self.path / f"{_digest(origin)}.checkpoint"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
