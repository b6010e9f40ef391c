"""Rebuilding the current states of all items from their events, here and with the eventsourcing library."""

import asyncio
import os
import time
from collections.abc import Sequence
from uuid import UUID

from benchmarks.beside.aggregates import Aggregates
from benchmarks.beside.way import item_of
from benchmarks.comparison import Comparison
from benchmarks.issues import batch_bodies, issue
from benchmarks.load import fire
from benchmarks.workplace import Workplace
from services.embedded.postgres import SUPERUSER
from services.handling.folding import fold
from services.settings import Role
from services.store.rebuild import rebuild_current_states

ITEMS = int(os.environ.get("BENCH_REBUILT", "5000"))
REPEATS = 3
_TOGETHER = 500
_SAVED_TOGETHER = 50  # the library hangs with five hundred: its pipeline and the server wait for each other


def run(place: Workplace) -> list[Comparison]:
    """The same items with the same three events each."""
    ours = _ours(place)
    theirs = asyncio.run(_theirs(place))
    return [
        Comparison(
            key="rebuild",
            name=f"rebuilding what {ITEMS:,} items of three events came to",
            unit="events/s",
            better="more",
            found={"duban": ours, "eventsourcing": theirs},
            note=(
                "Duban folds every event again, compares with the current states and replaces them, durably. "
                "eventsourcing folds every aggregate in memory and writes nothing. A row, a dbos step and a Temporal "
                "history are themselves the state: nothing rebuilds them."
            ),
        )
    ]


def _ours(place: Workplace) -> Sequence[float]:
    headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    with place.gateway():
        load = fire(
            place.settings.gateway_port,
            "/v1/events",
            headers,
            batch_bodies(ITEMS // _TOGETHER, _TOGETHER),
            concurrency=2,
        )
        assert load.all_succeeded
    return [asyncio.run(_rebuild(place.settings.dsn(Role.OWNER))) for _ in range(REPEATS)]


async def _rebuild(dsn: str) -> float:
    began = time.perf_counter()
    rebuilt = await rebuild_current_states(dsn, fold)
    assert not rebuilt.differing
    assert rebuilt.events >= ITEMS * 3
    return rebuilt.events / (time.perf_counter() - began)


async def _theirs(place: Workplace) -> Sequence[float]:
    place.server.create_database("bare_rebuilt")
    library = Aggregates(place.server.dsn(SUPERUSER, "bare_rebuilt"))
    await library.open()
    try:
        items: list[UUID] = []
        for _ in range(ITEMS // _SAVED_TOGETHER):
            reports = [issue() for _ in range(_SAVED_TOGETHER)]
            await library.take(reports)
            items += [item_of(report) for report in reports]
        rates: list[float] = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            rates.append(library.rebuild(items) / (time.perf_counter() - began))
        return rates
    finally:
        await library.close()
