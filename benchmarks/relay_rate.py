"""The relay's rate against a bare client loop that starts the same workflows on the same Temporal server."""

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
from temporalio.client import Client

from activities.notices import ItemWatch
from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace
from services.logging import configure_logging
from services.relay.relay import Relay, Shard
from services.settings import Role
from services.store.event_store import EventStore
from services.store.item_standings import ItemStandings
from services.store.pools import open_pool
from services.store.subscriptions import Subscriptions
from services.temporal.arming import AT_ONCE, Arming, watch_of
from services.temporal.connection import NATIVE_THREADS_SECONDS, connect
from workflows.item_summary import title_of
from workflows.rectification_item import RectificationItem
from workflows.search_attributes import attributes_of

ROUNDS = 4
ITEMS = 400
_NEWEST = "SELECT stream_id FROM es.current_state WHERE kind = 'item' ORDER BY updated_at DESC, stream_id LIMIT $1"


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
    async with await open_pool(place.settings.dsn(Role.APP)) as pool:
        rates: list[tuple[float, float]] = []
        for number in range(ROUNDS):
            watches = await _report(place, pool)
            if number % 2:
                bare = await _bare(client, place.settings.task_queue, watches)
                ours = await _relay(client, place.settings.task_queue, pool)
            else:
                ours = await _relay(client, place.settings.task_queue, pool)
                bare = await _bare(client, place.settings.task_queue, watches)
            rates.append((ours, bare))
    await asyncio.sleep(NATIVE_THREADS_SECONDS)
    return rates


async def _report(place: Workplace, pool: asyncpg.Pool) -> list[ItemWatch]:
    """New items, sequenced; and what their workflows are started with."""
    store = EventStore(pool)
    wanted = await store.log_size() + 3 * ITEMS  # reported, registered, dispatched
    headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    await asyncio.to_thread(
        fire, place.settings.gateway_port, "/v1/events", headers, batch_bodies(1, ITEMS), concurrency=1
    )
    while await store.log_size() < wanted:  # noqa: ASYNC110 - another process sequences
        await asyncio.sleep(0.05)
    newest = [row["stream_id"] for row in await pool.fetch(_NEWEST, ITEMS)]
    return [watch_of(standing) for standing in await ItemStandings(pool).of(newest)]


async def _relay(client: Client, task_queue: str, pool: asyncpg.Pool) -> float:
    end = await EventStore(pool).log_size() - 1
    subscriptions, stopping = Subscriptions(pool), asyncio.Event()
    began = time.perf_counter()
    relaying = asyncio.create_task(Relay(pool, Arming(client, task_queue)).run(stopping))
    while await subscriptions.position(Shard().subscription) < end:  # noqa: ASYNC110 - as the database has it
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    stopping.set()
    await relaying
    return seconds


async def _bare(client: Client, task_queue: str, watches: Sequence[ItemWatch]) -> float:
    waiting = iter(watches)

    async def work() -> None:
        for watch in waiting:
            await client.start_workflow(
                RectificationItem.run,
                watch,
                id=f"bare-{uuid4()}",
                task_queue=task_queue,
                search_attributes=attributes_of(watch),
                static_summary=title_of(watch),
                start_signal="notice",
                start_signal_args=[watch.notice],
            )

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - began
