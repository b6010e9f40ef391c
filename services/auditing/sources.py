"""Where a log is read from when it is checked: a folder of files, or a gateway."""

import base64
import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
import orjson

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
        return self._get(path)

    def checkpoints(self) -> Iterator[bytes]:
        """The checkpoints by pages."""
        for page in self._pages(CHECKPOINTS):
            with _understood(CHECKPOINTS):
                notes: list[bytes] = [note.encode() for note in page.get("checkpoints", [])]
            yield from notes

    def time_stamps(self) -> Iterator[tuple[int, bytes]]:
        """The time stamps by pages."""
        for page in self._pages(TIME_STAMPS):
            with _understood(TIME_STAMPS):
                stamps = [(int(each["size"]), base64.b64decode(each["answer"])) for each in page.get("timestamps", [])]
            yield from stamps

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            answer = self._get(f"{path}?{urlencode({'after': after})}")
            if answer is None:
                return
            with _understood(path):
                page: dict[str, Any] = dict(orjson.loads(answer))
                following: int | None = page.get("next")
                if following is not None and following <= after:
                    raise UnreadableError(f"{path}: after {after} it says to go on after {following}")
            yield page
            after = following

    def _get(self, path: str) -> bytes | None:
        try:
            with self._client.stream("GET", path) as answer:
                if int(answer.headers.get("content-length", "0")) > _LARGEST_ANSWER:
                    raise UnreadableError(f"{path}: {answer.headers['content-length']} bytes")
                content = bytearray()
                for part in answer.iter_bytes():  # as it is unpacked, whatever length was announced
                    content += part
                    if len(content) > _LARGEST_ANSWER:
                        raise UnreadableError(f"{path}: more than {_LARGEST_ANSWER} bytes")
        except httpx.HTTPError as problem:
            raise UnreadableError(f"{path}: {problem!r}") from problem
        if answer.status_code == _NOT_FOUND:
            return None
        if not answer.is_success:
            raise UnreadableError(f"{path}: HTTP {answer.status_code}")
        return bytes(content)


@contextlib.contextmanager
def _understood(path: str) -> Generator[None]:
    """Whatever a server answers that is not what was asked for is said in a line."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as strange:
        raise UnreadableError(f"{path}: {strange!r}") from strange
