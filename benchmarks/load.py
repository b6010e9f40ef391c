"""The load generator, a process of its own: keeps so many requests under way on kept-alive connections.

Bytes in, bytes out: a comfortable HTTP client costs more than the server it should measure. With a pace, latencies
count from the instant at which a request was to be sent: whoever is slow does not get fewer requests for it.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from typing import cast

import uvloop

LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Load:
    """What came back: answers by status, the seconds from the first request to the last answer, latencies."""

    statuses: dict[str, int]
    seconds: float
    median_milliseconds: float
    ninety_ninth_milliseconds: float
    slowest_milliseconds: float

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def all_succeeded(self) -> bool:
        return all(status.startswith("2") for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Request:
    """One request of many that differ in more than their bodies."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def fire(port: int, path: str, headers: Mapping[str, str], bodies: Sequence[bytes], *, concurrency: int) -> Load:
    """Send every body once from another process and wait for all answers."""
    return fire_each(port, [Request(path, headers, body) for body in bodies], concurrency=concurrency)


def fire_each(port: int, requests: Sequence[Request], *, concurrency: int, a_second: float | None = None) -> Load:
    """Send every request once, in order, as soon as a connection is free or so many a second."""
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "requests"
        messages = (_message(port, each) for each in requests)
        job.write_bytes(b"".join(len(message).to_bytes(4) + message for message in messages))
        order = json.dumps({"port": port, "concurrency": concurrency, "a_second": a_second})
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "benchmarks.load", str(job), order],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    return Load(**json.loads(done.stdout))


def _message(port: int, request: Request) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"POST {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}"
    return f"{head}Content-Length: {len(request.body)}\r\n\r\n".encode() + request.body


class _Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends the next."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._run.answered(head[9:12].decode(), time.perf_counter() - self._sent_at)
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.closed(exc)

    def _next(self) -> None:
        message = next(self._run.messages, None)
        if message is None:
            self._transport.close()
            return
        loop, due = asyncio.get_running_loop(), next(self._run.instants)
        early = due - time.perf_counter()
        self._sent_at = time.perf_counter() if due == 0.0 else due
        if early > 0:
            loop.call_later(early, self._transport.write, message)
        else:
            self._transport.write(message)


class _Run:
    def __init__(self, messages: Sequence[bytes], connections: int, a_second: float | None) -> None:
        self.messages = iter(messages)
        began = time.perf_counter()
        self.instants = (began + number / a_second for number in range(len(messages))) if a_second else repeat(0.0)
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.finished = asyncio.Event()
        self._open = connections

    def answered(self, status: str, seconds: float) -> None:
        self.statuses[status] += 1
        self.latencies.append(seconds)

    def closed(self, error: Exception | None) -> None:
        if error is not None:
            self.statuses["connection lost"] += 1
        self._open -= 1
        if not self._open:
            self.finished.set()


async def _work(messages: Sequence[bytes], port: int, concurrency: int, a_second: float | None) -> Load:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    run = _Run(messages, concurrency, a_second)
    await asyncio.gather(
        *(loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(concurrency))
    )
    await run.finished.wait()
    seconds = time.perf_counter() - began
    latencies = sorted(1000 * each for each in run.latencies)
    ninety_ninth = latencies[int(0.99 * (len(latencies) - 1))]
    return Load(dict(run.statuses), seconds, statistics.median(latencies), ninety_ninth, latencies[-1])


def _messages(job: Path) -> list[bytes]:
    content, position, messages = job.read_bytes(), 0, list[bytes]()
    while position < len(content):
        length = int.from_bytes(content[position : position + 4])
        messages.append(content[position + 4 : position + 4 + length])
        position += 4 + length
    return messages


if __name__ == "__main__":
    json.dump(asdict(uvloop.run(_work(_messages(Path(sys.argv[1])), **json.loads(sys.argv[2])))), sys.stdout)
