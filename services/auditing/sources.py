"""Where a log is read from when it is checked: a folder of files, or a gateway."""

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

CHECKPOINT = "checkpoint"
CHECKPOINTS = "checkpoints"
PAYLOADS = "payload"
TIME_STAMPS = "timestamps"
_TIMEOUT_SECONDS = 60.0
_LARGEST_ANSWER = 64 << 20
_NOT_FOUND = 404


class UnreadableError(RuntimeError):
    """The place cannot be read at all: no such folder, a refused connection, a key that may not read the log."""


class Source(Protocol):
    """A log laid out by c2sp.org/tlog-tiles, with payload bundles beside the entries."""

    def read(self, path: str) -> bytes | None:
        """The content at a path, None where there is nothing. May raise UnreadableError."""
        ...

    def checkpoints(self) -> Iterator[bytes]:
        """Every checkpoint that was signed, smallest tree first."""
        ...

    def time_stamps(self) -> Iterator[tuple[int, bytes]]:
        """Sizes of checkpoints, smallest first, with what an authority answered (RFC 3161)."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """An export."""

    path: Path

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        if not self.path.is_dir():
            raise UnreadableError(str(self.path))
        try:
            return (self.path / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as problem:
            raise UnreadableError(str(problem)) from problem

    def checkpoints(self) -> Iterator[bytes]:
        """The files of the folder of checkpoints, those with a number for a name."""
        files = [file for file in (self.path / CHECKPOINTS).glob("*") if file.name.isdecimal()]
        for file in sorted(files, key=lambda file: int(file.name)):
            yield file.read_bytes()

    def time_stamps(self) -> Iterator[tuple[int, bytes]]:
        """The files whose names are a number and .tsr."""
        files = [file for file in (self.path / TIME_STAMPS).glob("*.tsr") if file.stem.isdecimal()]
        for file in sorted(files, key=lambda file: int(file.stem)):
            yield int(file.stem), file.read_bytes()


class Gateway(contextlib.AbstractContextManager["Gateway"]):
    """A running log below an address such as https://duban.example/v1/log, read with an auditor's key."""

    def __init__(self, address: str, key: str | None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            base_url=address.rstrip("/") + "/", headers=headers, timeout=_TIMEOUT_SECONDS, transport=transport
        )

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def read(self, path: str) -> bytes | None:
        """The content of an answer."""
        answer = self._get(path)
        return None if answer is None else answer.content

    def checkpoints(self) -> Iterator[bytes]:
        """The checkpoints by pages."""
        for page in self._pages(CHECKPOINTS):
            yield from (note.encode() for note in page.get("checkpoints", []))

    def time_stamps(self) -> Iterator[tuple[int, bytes]]:
        """The time stamps by pages."""
        for page in self._pages(TIME_STAMPS):
            yield from ((each["size"], base64.b64decode(each["answer"])) for each in page.get("timestamps", []))

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            answer = self._get(f"{path}?{urlencode({'after': after})}")
            if answer is None:
                return
            page: dict[str, Any] = answer.json()
            yield page
            after = page.get("next")

    def _get(self, path: str) -> httpx.Response | None:
        try:
            with self._client.stream("GET", path) as answer:
                if int(answer.headers.get("content-length", "0")) > _LARGEST_ANSWER:
                    raise UnreadableError(f"{path}: {answer.headers['content-length']} bytes")
                answer.read()
        except httpx.HTTPError as problem:
            raise UnreadableError(f"{path}: {problem!r}") from problem
        if answer.status_code == _NOT_FOUND:
            return None
        if not answer.is_success:
            raise UnreadableError(f"{path}: HTTP {answer.status_code}")
        return answer
