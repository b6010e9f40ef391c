"""Deadlines due at the same instant: how late each is acted upon, here and in the alternatives.

Three thousand by every way, ten thousand by ours as well.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import asyncpg
import psutil

from benchmarks.beside import polled_deadlines, temporal_deadlines
from benchmarks.beside.fired import LAGS, TABLE, Lags, lags
from benchmarks.comparison import Comparison, Way
from benchmarks.issues import SOURCE
from benchmarks.memory import ARMED, RELAYED, Peak
from benchmarks.workplace import Workplace, process, workplace
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
# Every way gets so many: ten thousand take bare Temporal longer than everything else together.
FEWER = int(os.environ.get("BENCH_FEWER_DEADLINES", str(min(DEADLINES, 3000))))
LIMIT = timedelta(seconds=3600)  # of the category in city.yaml
# So many a second every way can have waiting before the instant comes; whoever is slower counts with what it had.
_SLOWEST_START_RATE = 180
_SLOWEST_DBOS = 200
_LONGEST_SECONDS = 400.0
_TOGETHER = 500
_OURS = """
    SELECT extract(epoch FROM recorded_at - $1)::float8 AS lag FROM es.event WHERE type = 'item.fell_overdue.v1'"""
_REPORTER = Actor(principal="benchmark", role=Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Waited:
    """What one way came to: how late it was, how many were waiting in time, after how many seconds, in what memory."""

    lags: Lags
    armed: int
    seconds: float
    megabytes: float


def run(place: Workplace) -> list[Comparison]:
    """One way after the other, each with the machine and a Temporal server to itself."""
    waited: dict[Way, Waited] = {}
    with place.temporal() as server:
        many = _ours(place, server, DEADLINES)
    with workplace() as other, other.temporal() as server:
        waited["duban"] = _ours(other, server, FEWER)
    with workplace() as other:
        with other.temporal() as server:
            waited["temporal"] = _bare_temporal(other, server)
        other.rest()
        waited["dbos"] = _dbos(other)
        other.rest()
        polled = {count: asyncio.run(_polled(other, count)) for count in (FEWER, DEADLINES)}
    found: dict[Way, Lags] = {**{way: each.lags for way, each in waited.items()}, "asyncpg": polled[FEWER]}
    details: dict[str, object] = {
        "armed_in_time": {way: each.armed for way, each in waited.items()},
        "last_seconds": {way: each.last for way, each in found.items()},
    }
    return [
        *_lags("firing", FEWER, found, _FAIR, details),
        *_lags("firing_many", DEADLINES, {"duban": many.lags, "asyncpg": polled[DEADLINES]}, _MANY, {}),
        Comparison(
            key="waiting_start",
            name=f"put to waiting, {FEWER:,} deadlines",
            unit="/s",
            better="more",
            found={way: [each.armed / each.seconds] for way, each in waited.items()},
            note=(
                "Duban reads its log and starts a workflow for each item, with search attributes for the web UI; the "
                "others are started by a loop of 50 at once. Counted is what was waiting when the instant came. "
                "Where only a row waits, there is nothing to start."
            ),
        ),
        Comparison(
            key="waiting_memory",
            name=f"memory of what waits, {FEWER:,} deadlines",
            unit="MB",
            better="less",
            found={way: [each.megabytes] for way, each in waited.items()},
            note=(
                "The most that worker and Temporal server together were seen with, from the first start to the last "
                f"firing; dbos is one process. PostgreSQL is not counted. Duban with {DEADLINES:,}: "
                f"{many.megabytes:,.0f} MB."
            ),
        ),
    ]


_FAIR = (
    "One round, since the lags are its spread. Duban decides by its rules, writes an event with its place in the "
    "history and the state of the item, and plans what follows; the others insert a row. Temporal alone: a timer and "
    "an activity, a worker with the same settings on the same server. dbos: a sleep and a step; its sleeps are held by "
    "one process, and begin anew when that is restarted. asyncpg: a table of deadlines, asked ten times a second for a "
    "hundred that are due; no history, no order, no retries. eventsourcing has no timers."
)
_MANY = (
    "More workflows than the worker keeps in memory: each is played from its beginning when it is due. As many by "
    "Temporal alone: `BENCH_FEWER_DEADLINES=10000 python -m benchmarks firing`, and below the tables."
)


def _lags(
    key: str, count: int, found: Mapping[Way, Lags], note: str, details: dict[str, object]
) -> Iterator[Comparison]:
    measures: Sequence[tuple[str, str, str, Literal["more", "less"], Callable[[Lags], float]]] = (
        ("rate", "acted upon", "/s", "more", lambda each: each.rate),
        ("median", "lag, median", "s", "less", lambda each: each.median),
        ("99", "lag, 99 %", "s", "less", lambda each: each.ninety_ninth),
    )
    for number, (short, name, unit, better, figure) in enumerate(measures):
        first = number == 0  # what is to be said is said once
        yield Comparison(
            key=f"{key}_{short}",
            name=f"{count:,} deadlines due at once: {name}",
            unit=unit,
            better=better,
            found={way: [figure(each)] for way, each in found.items()},
            note=note if first else "",
            details=details if first else {},
        )


def _due(count: int, a_second: int = _SLOWEST_START_RATE) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=count / a_second + 8)


def _ours(place: Workplace, server: psutil.Process, count: int) -> Waited:
    due = _due(count)
    asyncio.run(_report(place, due - LIMIT, count))
    with place.part("services.sequencer.sequencer"), place.part("services.worker.worker") as worker:
        peak, began = Peak([worker, server]), time.perf_counter()
        with place.part("services.relay.relay"):
            armed = asyncio.run(_until_relayed(place, due, peak))
            seconds = time.perf_counter() - began
            fired = asyncio.run(_until_fired(place, due, peak, count, _OURS, due))
    return Waited(fired, armed, seconds, peak.megabytes)


async def _report(place: Workplace, at: datetime, count: int) -> None:
    """Items that nobody dispatches, all reported at the same instant."""
    async with await open_pool(place.settings.dsn(DatabaseRole.APP)) as pool:
        handler = CommandHandler(EventStore(pool), RulebookSource(pool))
        for start in range(0, count, _TOGETHER):
            wishes = [_wish(number, at) for number in range(start, min(start + _TOGETHER, count))]
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


async def _until_relayed(place: Workplace, due: datetime, peak: Peak) -> int:
    """How many were waiting; also over when the instant has come: the rest is late by our own fault, as lags show."""
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        while not await connection.fetchval(RELAYED) and datetime.now(UTC) < due:
            peak.look()
            await asyncio.sleep(0.2)
        return await connection.fetchval(ARMED)
    finally:
        await connection.close()


async def _until_fired(
    place: Workplace, due: datetime, peak: Peak, count: int, query: str = LAGS, *arguments: datetime
) -> Lags:
    """Until all have fired: a median of those that came would be better than it was."""
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        patience = time.monotonic() + max((due - datetime.now(UTC)).total_seconds(), 0) + _LONGEST_SECONDS
        while True:
            found = await lags(connection, query, *arguments)
            if found.fired >= count:
                return found
            assert time.monotonic() < patience, f"{found.fired} of {count} were acted upon after {_LONGEST_SECONDS} s"
            peak.look()
            await asyncio.sleep(0.5)
    finally:
        await connection.close()


def _bare_temporal(place: Workplace, server: psutil.Process) -> Waited:
    asyncio.run(_execute(place, TABLE))
    environment = {"BARE_TEMPORAL": place.settings.temporal_target, "BARE_DSN": place.superuser_dsn}
    with process([sys.executable, "-m", "benchmarks.beside.temporal_deadlines"], environment) as worker:
        due, peak = _due(FEWER), Peak([worker, server])
        armed, seconds = asyncio.run(_start_bare(place, due, peak))
        fired = asyncio.run(_until_fired(place, due, peak, FEWER))
        return Waited(fired, armed, seconds, peak.megabytes)


async def _start_bare(place: Workplace, due: datetime, peak: Peak) -> tuple[int, float]:
    """How many were waiting when the instant came, and after how many seconds they were, or it had come."""
    client, waiting, armed = await connect(place.settings), iter(range(FEWER)), 0
    began = seconds = time.perf_counter()

    async def start() -> None:
        nonlocal armed, seconds
        for number in waiting:
            identity = uuid4()
            await client.start_workflow(
                temporal_deadlines.BareDeadline.run,
                temporal_deadlines.Deadline(identity, due),
                id=f"bare-{identity}",
                task_queue=temporal_deadlines.TASK_QUEUE,
            )
            if datetime.now(UTC) < due:
                armed, seconds = armed + 1, time.perf_counter()
            if not number % 100:
                peak.look()

    await asyncio.gather(*(start() for _ in range(AT_ONCE)))
    await asyncio.sleep(NATIVE_THREADS_SECONDS)
    return armed, seconds - began


def _dbos(place: Workplace) -> Waited:
    asyncio.run(_execute(place, f"DROP TABLE public.fired; {TABLE}"))
    due, started = _due(FEWER, _SLOWEST_DBOS), place.settings.data_dir / "dbos-started"
    module, count = "benchmarks.beside.dbos_deadlines", str(FEWER)
    command = [sys.executable, "-m", module, count, due.isoformat(), str(started)]
    with process(command, {"BARE_DBOS": place.dbos_url, "BARE_DSN": place.superuser_dsn}) as sleeper:
        peak = Peak([sleeper])
        fired = asyncio.run(_until_fired(place, due, peak, FEWER))
        armed, seconds = started.read_text("utf-8").split()
        return Waited(fired, int(armed), float(seconds), peak.megabytes)


async def _polled(place: Workplace, count: int) -> Lags:
    due = datetime.now(UTC) + timedelta(seconds=5)
    await _execute(place, f"DROP TABLE public.fired; {TABLE}")
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        await polled_deadlines.prepare(connection, [uuid4() for _ in range(count)], due)
        await asyncio.wait_for(polled_deadlines.poll(connection, count), _LONGEST_SECONDS)
        return await lags(connection)
    finally:
        await connection.close()


async def _execute(place: Workplace, statement: str) -> None:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
