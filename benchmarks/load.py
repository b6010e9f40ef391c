"""The load generator, a process of its own: keeps so many requests under way on kept-alive connections.

Bytes in, bytes out: a comfortable HTTP client costs more than the server it should measure.
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
from dataclasses import dataclass
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


def fire(port: int, path: str, headers: Mapping[str, str], bodies: Sequence[bytes], *, concurrency: int) -> Load:
    """Send every body once from another process and wait for all answers."""
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "bodies"
        job.write_bytes(b"".join(len(body).to_bytes(4) + body for body in bodies))
        order = json.dumps({"port": port, "path": path, "headers": headers, "concurrency": concurrency})
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "benchmarks.load", str(job), order],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    return Load(**json.loads(done.stdout))


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
        request = next(self._run.requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


class _Run:
    def __init__(self, requests: Sequence[bytes], connections: int) -> None:
        self.requests = iter(requests)
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


async def _work(bodies: Sequence[bytes], port: int, path: str, headers: Mapping[str, str], concurrency: int) -> Load:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}"
    requests = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    run = _Run(requests, concurrency)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    await asyncio.gather(
        *(loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(concurrency))
    )
    await run.finished.wait()
    seconds = time.perf_counter() - began
    latencies = [1000 * each for each in run.latencies]
    return Load(dict(run.statuses), seconds, statistics.median(latencies), max(latencies))


def _bodies(job: Path) -> list[bytes]:
    content, position, bodies = job.read_bytes(), 0, list[bytes]()
    while position < len(content):
        length = int.from_bytes(content[position : position + 4])
        bodies.append(content[position + 4 : position + 4 + length])
        position += 4 + length
    return bodies


if __name__ == "__main__":
    loaded = uvloop.run(_work(_bodies(Path(sys.argv[1])), **json.loads(sys.argv[2])))
    json.dump(
        {
            "statuses": loaded.statuses,
            "seconds": loaded.seconds,
            "median_milliseconds": loaded.median_milliseconds,
            "slowest_milliseconds": loaded.slowest_milliseconds,
        },
        sys.stdout,
    )
