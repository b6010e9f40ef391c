"""Keeps what clients asked, what they were told, what was seen and what was struck, each with the time it was then.

A journal is a file of lines of JSON, written to the end line by line, so that what a run that was cut short knows is
not lost. Instants are of the clock of the harness, which no fault touches.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar, Literal, Self

import orjson

JSON = Any


def now() -> datetime:
    """What time it is, whatever the processes of the stand believe."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Record:
    at: datetime

    kind: ClassVar[str]

    def to_json(self) -> bytes:
        """One line, without its end."""
        return orjson.dumps({"kind": self.kind, **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)}})


@dataclass(frozen=True, slots=True)
class Asked(_Record):
    """A request was sent; the same key goes out again with the next attempt until a definite answer comes."""

    kind = "asked"

    client: str
    key: str
    method: str
    path: str
    body: JSON
    attempt: int
    gateway: str


@dataclass(frozen=True, slots=True)
class Answered(_Record):
    """What came of an attempt: an answer, or no status and the error that the client felt instead."""

    kind = "answered"

    client: str
    key: str
    attempt: int
    status: int | None
    code: str | None
    etag: str | None
    body: JSON
    error: str | None


@dataclass(frozen=True, slots=True)
class Saw(_Record):
    """Somebody looked: `what` of a subject had this value, as a look that began no earlier than `asked_at` was told."""

    kind = "saw"

    client: str
    what: str
    subject: str
    value: JSON
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Struck(_Record):
    """A fault began or ended."""

    kind = "struck"

    fault: str
    target: str
    phase: Literal["begin", "end"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClockJumped(_Record):
    """From now on the clock of a process (or of `all`) is so many seconds ahead of the true one; 0: right again."""

    kind = "clock_jumped"

    target: str
    offset_seconds: float


Record = Asked | Answered | Saw | Struck | ClockJumped

_KINDS: dict[str, type[Record]] = {each.kind: each for each in (Asked, Answered, Saw, Struck, ClockJumped)}
_INSTANTS = ("at", "asked_at")


class Journal:
    """The journal of one run, open for writing: `with Journal(path) as journal:`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("ab", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def note(self, record: Record) -> None:
        """Write a record down, at once."""
        self._file.write(record.to_json() + b"\n")


def read(path: Path) -> Iterator[Record]:
    """All records of a journal, oldest first; a last line that was cut short is left out."""
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            fields = orjson.loads(line)
            for name in _INSTANTS:
                if name in fields:
                    fields[name] = datetime.fromisoformat(fields[name])
            yield _KINDS[fields.pop("kind")](**fields)
