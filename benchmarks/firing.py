"""Ten thousand deadlines due at the same instant: how late each is acted upon, here and in the alternatives."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks.beside import polled_deadlines, temporal_deadlines
from benchmarks.beside.fired import LAGS, TABLE, Lags, lags
from benchmarks.comparison import Comparison, Way
from benchmarks.issues import SOURCE
from benchmarks.memory import RELAYED, Peak
from benchmarks.workplace import Workplace, process
from domain.actor import Actor, Role
from domain.item.commands import ReportIssue
from domain.item.values import Channel, Issue
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.handling.receipts import Receipt
from services.handling.rulebooks import RulebookSource
from services.settings import Role as DatabaseRole
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.temporal.arming import AT_ONCE
from services.temporal.connection import NATIVE_THREADS_SECONDS, connect

DEADLINES = int(os.environ.get("BENCH_DEADLINES", "10000"))
LIMIT = timedelta(seconds=3600)  # of the category in city.yaml
# So many a second every way can have waiting before the instant comes; those that are faster wait a little longer.
_SLOWEST_START_RATE = 120
_LONGEST_SECONDS = 400.0
_TOGETHER = 500
_OURS = """
    SELECT extract(epoch FROM recorded_at - $1)::float8 AS lag FROM es.event WHERE type = 'item.fell_overdue.v1'"""
_REPORTER = Actor(principal="benchmark", role=Role.SYSTEM)


def run(place: Workplace) -> list[Comparison]:
    """One way after the other, each with the machine to itself."""
    found: dict[Way, Lags] = {}
    armed: dict[Way, float] = {}
    memory: dict[Way, float] = {}
    with place.temporal():
        found["duban"], armed["duban"], memory["duban"] = _ours(place)
        found["temporal"], armed["temporal"], memory["temporal"] = _bare_temporal(place)
    found["dbos"], armed["dbos"], memory["dbos"] = _dbos(place)
    found["asyncpg"] = asyncio.run(_polled(place))
    details: dict[str, object] = {
        "deadlines": DEADLINES,
        "fired": {way: each.fired for way, each in found.items()},
        "a_second": {way: each.rate for way, each in found.items()},
        "last_seconds": {way: each.last for way, each in found.items()},
    }
    name = f"{DEADLINES:,} deadlines due at once"
    return [
        Comparison(
            key="firing_median",
            name=f"{name}: lag, median",
            unit="s",
            better="less",
            found={way: [each.median] for way, each in found.items()},
            note=(
                "Duban decides by its rules, writes an event with its place in the history and the state of the item, "
                "and plans what follows; the others insert a row. Temporal alone: a timer and an activity, a worker "
                "with the same settings on the same server. dbos: a sleep and a step; its sleeps are held by one "
                "process, and begin anew when that is restarted. asyncpg: a table of deadlines, asked ten times a "
                "second for a hundred that are due; no history, no order, no retries. eventsourcing has no timers."
            ),
            details=details,
        ),
        Comparison(
            key="firing_99",
            name=f"{name}: lag, 99 %",
            unit="s",
            better="less",
            found={way: [each.ninety_ninth] for way, each in found.items()},
            note="",
        ),
        Comparison(
            key="waiting_start",
            name="put to waiting",
            unit="/s",
            better="more",
            found={way: [rate] for way, rate in armed.items()},
            note=(
                "Duban reads its log and starts a workflow for each item, with search attributes for the web UI; the "
                "others are started by a loop of 50 at once. Where only a row waits, there is nothing to start."
            ),
        ),
        Comparison(
            key="waiting_memory",
            name=f"memory of the process that waits, {DEADLINES:,} deadlines",
            unit="MB",
            better="less",
            found={way: [each] for way, each in memory.items()},
            note="The most the worker was seen with, from the first start to the last firing.",
        ),
    ]


def _due() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=DEADLINES / _SLOWEST_START_RATE + 8)


def _ours(place: Workplace) -> tuple[Lags, float, float]:
    due = _due()
    asyncio.run(_report(place, due - LIMIT))
    with place.part("services.sequencer.sequencer"), place.part("services.worker.worker") as worker:
        peak, began = Peak(worker), time.perf_counter()
        with place.part("services.relay.relay"):
            asyncio.run(_until_relayed(place, due, peak))
            rate = DEADLINES / (time.perf_counter() - began)
            fired = asyncio.run(_until_fired(place, due, peak, _OURS, due))
    return fired, rate, peak.megabytes


async def _report(place: Workplace, at: datetime) -> None:
    """Items that nobody dispatches, all reported at the same instant."""
    async with await open_pool(place.settings.dsn(DatabaseRole.APP)) as pool:
        handler = CommandHandler(EventStore(pool), RulebookSource(pool))
        for start in range(0, DEADLINES, _TOGETHER):
            wishes = [_wish(number, at) for number in range(start, min(start + _TOGETHER, DEADLINES))]
            answers = await handler.handle_batch(wishes)
            assert all(isinstance(answer, Receipt) for answer in answers), answers[0]


def _wish(number: int, at: datetime) -> Wish:
    issue = Issue(
        source=SOURCE,
        source_id=f"flood-{number}",
        channel=Channel.HOTLINE,
        category="flooding",
        area="riverside",
        title=f"第 {number} 处道路积水",
    )
    fields: dict[str, Any] = {"command_id": f"flood-{number}", "at": at, "actor": _REPORTER, "reported_at": at}
    item_id = ITEM.stream(f"{SOURCE}\nflood-{number}")
    report = ReportIssue(item_id=item_id, number=f"F-{number}", issue=issue, **fields)
    return Wish(ITEM, item_id, report, new=True)


async def _until_relayed(place: Workplace, due: datetime, peak: Peak) -> None:
    """Also over when the instant has come: then the rest is late by our own fault, which the lags show."""
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        while not await connection.fetchval(RELAYED) and datetime.now(UTC) < due:
            peak.look()
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


async def _until_fired(place: Workplace, due: datetime, peak: Peak, query: str, *arguments: datetime) -> Lags:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        patience = time.monotonic() + max((due - datetime.now(UTC)).total_seconds(), 0) + _LONGEST_SECONDS
        while True:
            found = await lags(connection, query, *arguments)
            if found.fired >= DEADLINES or time.monotonic() > patience:
                return found
            peak.look()
            await asyncio.sleep(0.5)
    finally:
        await connection.close()


def _bare_temporal(place: Workplace) -> tuple[Lags, float, float]:
    asyncio.run(_execute(place, TABLE))
    environment = {"BARE_TEMPORAL": place.settings.temporal_target, "BARE_DSN": place.superuser_dsn}
    with process([sys.executable, "-m", "benchmarks.beside.temporal_deadlines"], environment) as worker:
        due, peak, began = _due(), Peak(worker), time.perf_counter()
        asyncio.run(_start_bare(place, due, peak))
        rate = DEADLINES / (time.perf_counter() - began)
        return asyncio.run(_until_fired(place, due, peak, LAGS)), rate, peak.megabytes


async def _start_bare(place: Workplace, due: datetime, peak: Peak) -> None:
    client, waiting = await connect(place.settings), iter(range(DEADLINES))

    async def start() -> None:
        for number in waiting:
            identity = uuid4()
            await client.start_workflow(
                temporal_deadlines.BareDeadline.run,
                temporal_deadlines.Deadline(identity, due),
                id=f"bare-{identity}",
                task_queue=temporal_deadlines.TASK_QUEUE,
            )
            if not number % 100:
                peak.look()

    await asyncio.gather(*(start() for _ in range(AT_ONCE)))
    await asyncio.sleep(NATIVE_THREADS_SECONDS)


def _dbos(place: Workplace) -> tuple[Lags, float, float]:
    asyncio.run(_execute(place, f"DROP TABLE public.fired; {TABLE}"))
    due, started = _due(), place.settings.data_dir / "dbos-started"
    command = [sys.executable, "-m", "benchmarks.beside.dbos_deadlines", str(DEADLINES), due.isoformat(), str(started)]
    with process(command, {"BARE_DBOS": place.dbos_url, "BARE_DSN": place.superuser_dsn}) as sleeper:
        peak = Peak(sleeper)
        fired = asyncio.run(_until_fired(place, due, peak, LAGS))
        return fired, DEADLINES / float(started.read_text()), peak.megabytes


async def _polled(place: Workplace) -> Lags:
    due = datetime.now(UTC) + timedelta(seconds=5)
    await _execute(place, f"DROP TABLE public.fired; {TABLE}")
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        await polled_deadlines.prepare(connection, [uuid4() for _ in range(DEADLINES)], due)
        await asyncio.wait_for(polled_deadlines.poll(connection, DEADLINES), _LONGEST_SECONDS)
        return await lags(connection)
    finally:
        await connection.close()


async def _execute(place: Workplace, statement: str) -> None:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
