"""Appending to the store with sequencer and notary at work, against raw inserts of one row on the same server.

An append writes four rows into four tables, with every index that lists and auditors' questions need. Alone in its
transaction it cannot keep up with a bare insert; those that arrive together share one, as in the gateway.
"""

import asyncio
import hashlib
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import asyncpg

from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace
from services.handling.gathering import Gathering
from services.settings import Role
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.records import Append, ListRow, NewEvent, Outcome

ROUNDS = 3
COMMANDS = int(os.environ.get("BENCH_APPENDS", "3000"))
CONNECTIONS = 16
CALLERS = 64
PATIENCE_SECONDS = 30.0
TABLE = """
    CREATE TABLE IF NOT EXISTS bare_event (
      id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), data jsonb NOT NULL)"""
INSERT = "INSERT INTO bare_event (id, data) VALUES ($1, $2)"
BODY = b'{"title":"%s"}' % ("路灯不亮" * 12).encode()


def run(place: Workplace) -> list[Measurement]:
    """Rounds alternate; at the end everything that was appended is in the log and signed.

    The promise of 0.4 is held by gathering alone: the raw inserts it is held against commit each for itself.
    """
    with place.part("services.sequencer.sequencer"), place.part("services.notary.notary"):
        (gathered, alone, bare), behind = asyncio.run(_measure(place))
    details: dict[str, object] = {
        "callers": CALLERS,
        "connections": CONNECTIONS,
        "bare_rates": bare,
        "signed_seconds_after_the_last": behind,
    }
    return [
        _measurement(f"appends of {CALLERS} callers, gathered into shared transactions", gathered, bare, details),
        _measurement("appends, each in a transaction of its own", alone, bare, details),
    ]


def _measurement(name: str, rates: Sequence[float], bare: Sequence[float], details: dict[str, object]) -> Measurement:
    ours, theirs = statistics.harmonic_mean(rates), statistics.harmonic_mean(bare)  # as times average
    return Measurement(
        name=f"{name}, sequencer and notary at work",
        measured=ours,
        compared_with=theirs,
        unit="/s",
        comparison="raw inserts of one row, each in a transaction of its own",
        ratio=ours / theirs,
        target="≥ 0.4",
        reached=ours / theirs >= 0.4,
        details=details,
        repeats=rates,
    )


class Together:
    """Stands where the gateway decides commands: the gathering hands over as many as have gathered."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def handle_batch(self, wishes: Sequence[Any]) -> Sequence[Any]:
        return await self._store.append([wish.append for wish in wishes])


async def _measure(place: Workplace) -> tuple[list[list[float]], float]:
    superuser = await asyncpg.connect(place.superuser_dsn)
    await superuser.execute(TABLE)
    async with (
        await open_pool(place.settings.dsn(Role.APP), min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        await open_pool(place.superuser_dsn, min_size=CONNECTIONS, max_size=CONNECTIONS) as raw,
    ):
        store = EventStore(pool)

        gathering: Any = Gathering(cast(Any, Together(store)))

        async def append() -> None:
            assert (await gathering.handle(_wish())).outcome is Outcome.APPENDED

        async def append_alone() -> None:
            await store.append([_command()])

        async def insert() -> None:
            await raw.execute(INSERT, uuid4(), BODY)

        calls = (append, append_alone, insert)
        for call in calls:
            await _rate(call, COMMANDS // 4)
        rates = [[await _rate(call, COMMANDS) for call in calls] for _ in range(ROUNDS)]
        behind = await _signed(superuser)
    await superuser.close()
    return [[each[side] for each in rates] for side in range(len(calls))], behind


async def _rate(call: Callable[[], Awaitable[None]], count: int) -> float:
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - began)


async def _signed(connection: asyncpg.Connection) -> float:
    began = time.perf_counter()
    query = "SELECT (SELECT count(*) FROM es.event) = (SELECT max(size) FROM es.checkpoint)"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval(query):  # noqa: ASYNC110 - other processes are at it
            await asyncio.sleep(0.05)
    return time.perf_counter() - began


def _wish() -> SimpleNamespace:
    """What the gathering looks at of a wish, with what the handler would make of it."""
    append = _command()
    return SimpleNamespace(
        aggregate=SimpleNamespace(kind=append.kind),
        stream_id=append.stream_id,
        command=SimpleNamespace(command_id=append.key),
        trace=None,
        append=append,
    )


def _command() -> Append:
    at = datetime.now(UTC)
    row = ListRow(status="registered", unit="unit-7", open=True, title="路灯不亮", reported_at=at, due_at=at)
    return Append(
        key=str(uuid4()),
        request_sha256=hashlib.sha256(BODY).digest(),
        stream_id=uuid4(),
        kind="item",
        expected_version=0,
        actor="principal-1",
        actor_role="system",
        campaign_id="campaign-1",
        unit="unit-7",
        area="area-3",
        events=(NewEvent(event_id=uuid4(), type="item.reported.v1", schema_version=1, occurred_at=at, data=BODY),),
        state=BODY,
        row=row,
        answer=b"{}",
    )
