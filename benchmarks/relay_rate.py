"""The relay's rate against a bare client loop that starts the same workflows on the same Temporal server."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast
from uuid import uuid4

import asyncpg
from temporalio.client import Client

from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace
from services.logging import configure_logging
from services.relay.relay import Relay, Shard
from services.settings import Role
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.subscriptions import Subscriptions
from services.temporal.arming import AT_ONCE, Arming
from services.temporal.connection import NATIVE_THREADS_SECONDS, connect

ROUNDS = 4
ITEMS = 400

Call = tuple[tuple[Any, ...], dict[str, Any]]


def run(place: Workplace) -> Measurement:
    """Each round starts the same number of workflows both ways, the other way first every second time."""
    configure_logging(place.settings, process="benchmark")
    with place.gateway(), place.part("services.sequencer.sequencer"), place.temporal():
        rates = asyncio.run(_rounds(place))
    ours, bare = (sum(ITEMS for _ in rates) / sum(each) for each in zip(*rates, strict=True))
    return Measurement(
        name="relay: workflows started",
        measured=ours,
        compared_with=bare,
        unit="/s",
        comparison="bare client loop, same workflows",
        ratio=ours / bare,
        target="≥ 0.9",
        reached=ours / bare >= 0.9,
        details={"items_a_round": ITEMS, "at_once": AT_ONCE, "seconds": rates},
    )


async def _rounds(place: Workplace) -> list[tuple[float, float]]:
    client = await connect(place.settings)
    recorder = Recorder(client)
    async with await open_pool(place.settings.dsn(Role.APP)) as pool:
        await _report(place, pool)
        await _relay(recorder, place.settings.task_queue, pool)  # warms up, and records what is started
        seconds: list[tuple[float, float]] = []
        for number in range(ROUNDS):
            same = recorder.taken()
            await _report(place, pool)
            if number % 2:
                bare = await _bare(client, same)
                ours = await _relay(recorder, place.settings.task_queue, pool)
            else:
                ours = await _relay(recorder, place.settings.task_queue, pool)
                bare = await _bare(client, same)
            seconds.append((ours, bare))
    await asyncio.sleep(NATIVE_THREADS_SECONDS)
    return seconds


class Recorder:
    """A client that notes what it is asked to start, so that a bare loop can start the same."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._calls: dict[str, Call] = {}

    async def start_workflow(self, *args: Any, **options: Any) -> Any:
        self._calls.setdefault(options["id"], (args, options))  # told twice, where two pages of the log hold its events
        return await self._client.start_workflow(*args, **options)

    def taken(self) -> list[Call]:
        """What was started since the last time."""
        taken, self._calls = self._calls, {}
        return list(taken.values())


async def _report(place: Workplace, pool: asyncpg.Pool) -> None:
    """New items, sequenced."""
    store = EventStore(pool)
    wanted = await store.log_size() + 3 * ITEMS  # reported, registered, dispatched
    headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    await asyncio.to_thread(
        fire, place.settings.gateway_port, "/v1/events", headers, batch_bodies(1, ITEMS), concurrency=1
    )
    while await store.log_size() < wanted:  # noqa: ASYNC110 - another process sequences
        await asyncio.sleep(0.05)


async def _relay(client: Recorder, task_queue: str, pool: asyncpg.Pool) -> float:
    end = await EventStore(pool).log_size() - 1
    subscriptions, stopping = Subscriptions(pool), asyncio.Event()
    began = time.perf_counter()
    relaying = asyncio.create_task(Relay(pool, Arming(cast("Client", client), task_queue)).run(stopping))
    while await subscriptions.position(Shard().subscription) < end:  # noqa: ASYNC110 - as the database has it
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    stopping.set()
    await relaying
    return seconds


async def _bare(client: Client, calls: Sequence[Call]) -> float:
    assert len(calls) == ITEMS, "one workflow for each item"
    waiting = iter(calls)

    async def work() -> None:
        for args, options in waiting:
            await client.start_workflow(*args, **{**options, "id": f"bare-{uuid4()}"})

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - began
