"""An auditor's questions to a million events: here over HTTP, and put to what one would take instead."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import httpx

from benchmarks.audit import furnish
from benchmarks.audit_events import fill
from benchmarks.beside.aggregates import Aggregates
from benchmarks.comparison import Comparison, Way
from benchmarks.workplace import Workplace
from services.embedded.postgres import SUPERUSER

EVENTS = int(os.environ.get("BENCH_QUESTIONS", "1000000"))
REPEATS = 15
PAGE = 50
_SCANNED_AT_ONCE = 5000
_ONE_PERSON = 2990  # one of three thousand, and not a busy one
_ROWS = """
    CREATE TABLE public.bare_event (
      seq bigint PRIMARY KEY, item uuid NOT NULL, person uuid NOT NULL, at timestamptz NOT NULL, data jsonb NOT NULL);
    INSERT INTO public.bare_event
    SELECT i, md5('item' || i / 10)::uuid, md5('person' || (3000 * pow(random(), 2))::int)::uuid, now(),
           jsonb_build_object('type', 'item.submitted.v1', 'account', repeat('已清运垃圾', 20))
      FROM generate_series(1::bigint, {events}::bigint) AS i;
    CREATE INDEX ON public.bare_event (item, seq);
    CREATE INDEX ON public.bare_event (person, seq);
    ANALYZE public.bare_event"""
_OF_ITEM = "SELECT seq, at, data FROM public.bare_event WHERE item = $1 ORDER BY seq"
_OF_PERSON = "SELECT seq, at, data FROM public.bare_event WHERE person = $1 ORDER BY seq DESC LIMIT $2"
_STORED = """
    INSERT INTO public.{table} (originator_id, originator_version, topic, state)
    SELECT md5('item' || (i - 1) / 10)::uuid, (i - 1) % 10 + 1, 'benchmarks.beside.aggregates:Item.Moved',
           convert_to(jsonb_build_object('person', md5('person' || (3000 * pow(random(), 2))::int)::uuid,
             'account', repeat('已清运垃圾', 20))::text, 'UTF8')
      FROM generate_series(1::bigint, {events}::bigint) AS i"""


def run(place: Workplace) -> list[Comparison]:
    """The history of one item, and what one person did, newest first."""
    item, person = _uuid(f"item{EVENTS // 20}"), _uuid(f"person{_ONE_PERSON}")
    history: dict[Way, Sequence[float]] = {}
    deeds: dict[Way, Sequence[float]] = {}
    history["duban"], deeds["duban"] = _ours(place, item, person)
    history["asyncpg"], deeds["asyncpg"] = asyncio.run(_rows(place, item, person))
    history["eventsourcing"], deeds["eventsourcing"] = asyncio.run(_library(place, item, person))
    return [
        Comparison(
            key="audit_history",
            name=f"the history of an item among {EVENTS:,} events",
            unit="ms",
            better="less",
            found=history,
            note=(
                "Duban over HTTP, with sentences in two languages, and the question itself on record before the "
                "answer; the others read their rows in the process that asks. dbos and Temporal keep the steps of "
                "one workflow, until they are cleaned away, and cannot be asked across them. Duban alone is asked at "
                "ten million events, too (`make bench-long`)."
            ),
        ),
        Comparison(
            key="audit_person",
            name=f"what one person did, first page among {EVENTS:,} events",
            unit="ms",
            better="less",
            found=deeds,
            note="asyncpg alone has an index for just this question; eventsourcing has none and reads every event.",
        ),
    ]


def _ours(place: Workplace, item: UUID, person: UUID) -> tuple[Sequence[float], Sequence[float]]:
    key = asyncio.run(furnish(place))
    asyncio.run(fill(place.superuser_dsn, EVENTS))
    address = f"http://127.0.0.1:{place.settings.gateway_port}/v1/audit"
    with place.gateway(), httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:

        def history() -> None:
            client.get(f"/streams/{item}/history").raise_for_status()

        def deeds() -> None:
            client.get("/events", params={"person": str(person), "limit": PAGE}).raise_for_status()

        return _milliseconds(history), _milliseconds(deeds)


async def _rows(place: Workplace, item: UUID, person: UUID) -> tuple[Sequence[float], Sequence[float]]:
    connection = await asyncpg.connect(place.superuser_dsn)
    try:
        await connection.execute(_ROWS.format(events=EVENTS))
        found: list[list[float]] = []
        for query, values in ((_OF_ITEM, (item,)), (_OF_PERSON, (person, PAGE))):
            taken: list[float] = []
            for _ in range(REPEATS + 1):
                began = time.perf_counter()
                await connection.fetch(query, *values)
                taken.append((time.perf_counter() - began) * 1000)
            found.append(taken[1:])
        return found[0], found[1]
    finally:
        await connection.close()


async def _library(place: Workplace, item: UUID, person: UUID) -> tuple[Sequence[float], Sequence[float]]:
    place.server.create_database("bare_questions")
    dsn = place.server.dsn(SUPERUSER, "bare_questions")
    library = Aggregates(dsn)
    await library.open()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_STORED.format(table=library.table, events=EVENTS))
        await connection.execute(f"ANALYZE public.{library.table}")
        began = time.perf_counter()
        library.read_all(_SCANNED_AT_ONCE, lambda state: json.loads(state)["person"] == str(person))
        scanned = (time.perf_counter() - began) * 1000
        return _milliseconds(lambda: library.read_one(item)), [scanned]
    finally:
        await connection.close()
        await library.close()


def _milliseconds(ask: Callable[[], object]) -> Sequence[float]:
    ask()
    taken: list[float] = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _uuid(text: str) -> UUID:
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
