"""Checkpoints kept outside of the database, by which a restored or cut-off database gives itself away."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NEWEST = "newest"
_SUFFIX = ".checkpoint"
_TIME_STAMP = ".tsr"


@dataclass(frozen=True, slots=True)
class OutsideCheckpoints:
    """A folder with one file for every checkpoint. Put it on other storage than the database, or copy it away."""

    path: Path

    def newest(self) -> str | None:
        """The note of the largest checkpoint; None before the first."""
        file = self.path / _NEWEST
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def newest_kept_at(self) -> datetime | None:
        """When the largest checkpoint, or a cosignature of it, was written here; None before the first."""
        file = self.path / _NEWEST
        return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.is_file() else None

    def all(self) -> list[str]:
        """Every note, smallest tree first."""
        files = sorted(self.path.glob(f"*{_SUFFIX}"), key=lambda file: int(file.stem))
        return [file.read_text(encoding="utf-8") for file in files]

    def time_stamped(self) -> list[int]:
        """The sizes of which an authority's answer is kept."""
        return sorted(int(file.stem) for file in self.path.glob(f"*{_TIME_STAMP}") if file.stem.isdecimal())

    def keep(self, size: int, note: str) -> None:
        """Write a note, whole or not at all, and on the disk when this returns."""
        self._write((f"{size}{_SUFFIX}", _NEWEST), note)

    def keep_cosignature(self, size: int, line: str) -> None:
        """Put a witness's line under a note that is kept; where that is kept no more, there is nothing to do."""
        file = self.path / f"{size}{_SUFFIX}"
        if not file.is_file():
            return
        note = file.read_text(encoding="utf-8")
        names = [file.name, _NEWEST] if note == self.newest() else [file.name]
        if line not in note.splitlines(keepends=True):
            self._write(names, note + line)

    def keep_time_stamp(self, size: int, answer: bytes) -> None:
        """Put an authority's answer beside the note of a size."""
        self._write((f"{size}{_TIME_STAMP}",), answer)

    def _write(self, names: Iterable[str], content: str | bytes) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            unfinished = self.path / f".{name}.unfinished"
            with unfinished.open("wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(self.path / name)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
