"""Batches of 500 issue events: items a second made durable, registered and dispatched by one gateway process."""

import asyncio

import asyncpg

from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace

TARGET = 3000
SIZE = 500
BATCHES = 60
CONCURRENCY = 3
_DISPATCHED = "SELECT count(*) FROM es.current_state WHERE kind = 'item' AND status = 'dispatched'"


def run(place: Workplace) -> Measurement:
    headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    port = place.settings.gateway_port
    with place.gateway():
        fire(port, "/v1/events", headers, batch_bodies(4, SIZE), concurrency=1)
        before = asyncio.run(_count(place))
        load = fire(port, "/v1/events", headers, batch_bodies(BATCHES, SIZE), concurrency=CONCURRENCY)
        dispatched = asyncio.run(_count(place)) - before
    assert load.all_succeeded
    assert dispatched == BATCHES * SIZE, "every event is an item, dispatched and on disk"
    rate = dispatched / load.seconds
    return Measurement(
        name=f"batches of {SIZE} issue events",
        measured=rate,
        compared_with=TARGET,
        unit="items/s",
        comparison="the promise",
        ratio=rate / TARGET,
        target="≥ 1",
        reached=rate >= TARGET,
        details={"batches": BATCHES, "concurrency": CONCURRENCY, "median_milliseconds": load.median_milliseconds},
    )


async def _count(place: Workplace) -> int:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        return await connection.fetchval(_DISPATCHED)
    finally:
        await connection.close()
