"""Memory with 10,000 open items: the gateway that took them in and lists them, the worker that watches them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import httpx
import psutil

from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace

ITEMS = 10_000
GATEWAY_MEGABYTES = 200
WORKER_MEGABYTES = 400
LONGEST_SECONDS = 900
_MEGABYTE = 1024 * 1024
RELAYED = """
    SELECT coalesce(min(pos), -1) + 1 = (SELECT count(*) FROM es.event)
      FROM es.subscription WHERE name LIKE 'relay-%'"""
# Items whose first event the relay has dealt with: it starts their workflows before it moves on.
ARMED = """
    SELECT count(*) FROM es.event e JOIN es.log l USING (seq)
     WHERE e.type = 'item.reported.v1'
       AND l.pos <= (SELECT coalesce(min(pos), -1) FROM es.subscription WHERE name LIKE 'relay-%')"""


@dataclass
class Peak:
    """The most memory a process was seen with, or some processes at the same moment."""

    processes: Sequence[psutil.Process]
    megabytes: float = 0.0

    def look(self) -> None:
        self.megabytes = max(self.megabytes, sum(each.memory_info().rss for each in self.processes) / _MEGABYTE)


def gateway(place: Workplace) -> Measurement:
    """Takes 10,000 items in by batches, then lists them page by page."""
    headers = {"Authorization": f"Bearer {place.api_key}"}
    with place.gateway() as running:
        peak = Peak([running])
        for _ in range(ITEMS // 500):
            batched = {**headers, "Content-Type": "application/cloudevents-batch+json"}
            fire(place.settings.gateway_port, "/v1/events", batched, batch_bodies(1, 500), concurrency=1)
            peak.look()
        pages = _read_all(f"http://127.0.0.1:{place.settings.gateway_port}", headers, peak)
    return _measurement("gateway", peak, GATEWAY_MEGABYTES, {"pages_read": pages})


def worker(place: Workplace) -> Measurement:
    """Every item's workflow is started and waits for its next deadline."""
    headers = {"Authorization": f"Bearer {place.api_key}", "Content-Type": "application/cloudevents-batch+json"}
    with place.gateway(), place.temporal(), place.part("services.sequencer.sequencer"):
        fire(place.settings.gateway_port, "/v1/events", headers, batch_bodies(ITEMS // 500, 500), concurrency=2)
        with place.part("services.worker.worker") as running, place.part("services.relay.relay"):
            peak = Peak([running])
            began = time.monotonic()
            while not asyncio.run(_relayed(place)):
                _look_on(peak, began)
            busy = running.cpu_times().user + 1.0
            while running.cpu_times().user - busy > 0.1:  # the workflows started last are still on their way
                busy = running.cpu_times().user
                _look_on(peak, began)
    return _measurement("worker", peak, WORKER_MEGABYTES, {"seconds": time.monotonic() - began})


def _look_on(peak: Peak, began: float) -> None:
    assert time.monotonic() - began < LONGEST_SECONDS, "the workflows did not start in time"
    for _ in range(10):
        time.sleep(0.2)
        peak.look()


async def _relayed(place: Workplace) -> bool:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        return bool(await connection.fetchval(RELAYED))
    finally:
        await connection.close()


def _read_all(address: str, headers: dict[str, str], peak: Peak) -> int:
    pages, cursor = 0, ""
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        while True:
            page = client.get("/v1/items", params={"limit": 200} | ({"cursor": cursor} if cursor else {}))
            page.raise_for_status()
            pages += 1
            peak.look()
            cursor = page.json()["next_cursor"]
            if cursor is None:
                return pages


def _measurement(name: str, peak: Peak, limit: float, details: dict[str, object]) -> Measurement:
    return Measurement(
        name=f"memory of a {name}, {ITEMS:,} open items",
        measured=peak.megabytes,
        compared_with=limit,
        unit="MB",
        comparison="the limit",
        ratio=peak.megabytes / limit,
        target="< 1",
        reached=peak.megabytes < limit,
        details=details,
    )
