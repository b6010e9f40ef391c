"""Memory of every part with ten thousand, a hundred thousand and a million open items, made by the database itself.

Watched until every item's workflow was started, but not for ever: a million of them take an hour and a half. How many
were under watch in the end stands in the row.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import httpx
import psutil

from benchmarks.comparison import Comparison
from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.memory import ARMED, RELAYED
from benchmarks.workplace import Workplace, workplace

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(","))
LONGEST_LOOK_SECONDS = float(os.environ.get("BENCH_LOOK_SECONDS", "900"))
# What the workflows that were started last still have to do, and a page or two of the list.
_LAST_LOOK_SECONDS = 10.0
PROTOTYPES = 100
_AT_ONCE = 50_000
_MEGABYTE = 1024 * 1024
_COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
     WHERE table_schema = 'es' AND table_name = $1 AND is_generated = 'NEVER' AND NOT column_name = ANY ($2)"""
_COPY = """
    INSERT INTO es.{table} (stream_id, {extra}{columns})
    SELECT md5(stream_id::text || n)::uuid, {value}{columns}
      FROM es.{table} CROSS JOIN generate_series($1::bigint, $2::bigint) AS n WHERE stream_id = ANY ($3)"""
_ITEMS = "SELECT stream_id FROM es.current_state WHERE kind = 'item'"


def run(_place: Workplace) -> list[Comparison]:
    """Each size in a place of its own; what the place given holds is not needed."""
    found: list[Comparison] = []
    for size in SIZES:
        with workplace() as place:
            peaks, watched = _peaks(place, size)
        found += [_comparison(part, size, watched, megabytes) for part, megabytes in peaks.items()]
    return found


def _comparison(part: str, size: int, watched: int, megabytes: float) -> Comparison:
    note = "The most seen; what dbos and Temporal alone need for ten thousand is in the row “memory of what waits”."
    return Comparison(
        key=f"memory_{size}_{part.removeprefix('the ').replace(' ', '_')}",
        name=f"memory of {part}, {size:,} open items, {watched:,} of them under watch",
        unit="MB",
        better="less",
        found={"duban": [megabytes]},
        note=note if part == "the gateway" and size == SIZES[0] else "",
    )


def _peaks(place: Workplace, size: int) -> tuple[dict[str, float], int]:
    """The most each was seen with while the list is read, the relay reads the log and the reconciliation compares."""
    batch = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    with place.gateway() as gateway:
        reported = fire(place.settings.gateway_port, "/v1/events", batch, batch_bodies(1, PROTOTYPES), concurrency=1)
        assert reported.all_succeeded
        asyncio.run(_multiply(place.superuser_dsn, size))
        with (
            place.temporal() as server,
            place.part("services.sequencer.sequencer") as sequencer,
            place.part("services.worker.worker") as worker,
            place.part("services.relay.relay") as relay,
        ):
            parts = {"the gateway": gateway, "the sequencer": sequencer, "the worker": worker, "the relay": relay}
            parts["the Temporal server"] = server
            return asyncio.run(_watch(place, parts))


async def _watch(place: Workplace, parts: dict[str, psutil.Process]) -> tuple[dict[str, float], int]:
    """The peaks, and how many items were under watch in the end."""
    address, headers = f"http://127.0.0.1:{place.settings.gateway_port}", {"Authorization": f"Bearer {place.api_key}"}
    peaks, cursor, until = dict.fromkeys((*parts, "PostgreSQL"), 0.0), "", time.monotonic() + LONGEST_LOOK_SECONDS
    postmaster, connection, relayed = _postmaster(place), await asyncpg.connect(place.superuser_dsn), False
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        while time.monotonic() < until:
            page = await client.get("/v1/items", params={"limit": 200} | ({"cursor": cursor} if cursor else {}))
            page.raise_for_status()
            cursor = page.json()["next_cursor"] or ""
            for part, running in parts.items():
                peaks[part] = max(peaks[part], running.memory_info().rss / _MEGABYTE)
            peaks["PostgreSQL"] = max(peaks["PostgreSQL"], _shared_fairly([postmaster, *postmaster.children()]))
            if not relayed and await connection.fetchval(RELAYED):
                relayed, until = True, min(until, time.monotonic() + _LAST_LOOK_SECONDS)
            await asyncio.sleep(0.2)
    watched = await connection.fetchval(ARMED)
    await connection.close()
    return peaks, watched


def _postmaster(place: Workplace) -> psutil.Process:
    lines = (place.settings.layout.postgres / "postmaster.pid").read_text("utf-8").splitlines()
    return psutil.Process(int(lines[0]))


def _shared_fairly(processes: Sequence[psutil.Process]) -> float:
    """Megabytes; what several of them share is counted once."""
    total = 0.0
    for each in processes:
        with suppress(psutil.Error):
            total += each.memory_full_info().pss / _MEGABYTE
    return total


async def _multiply(dsn: str, size: int) -> None:
    """Copies of the items there are, each under an id of its own and with its events; the sequencer finds them."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET synchronous_commit = off")
        items: list[UUID] = [row["stream_id"] for row in await connection.fetch(_ITEMS)]
        event = await connection.fetchval(_COLUMNS, "event", ["stream_id", "event_id", "seq", "xid"])
        state = await connection.fetchval(_COLUMNS, "current_state", ["stream_id"])
        stream = await connection.fetchval(_COLUMNS, "stream", ["stream_id"])
        copies = size // len(items) - 1
        for start in range(1, copies + 1, _AT_ONCE // len(items)):
            end = min(start + _AT_ONCE // len(items) - 1, copies)
            for table, extra, value, columns in (
                ("stream", "", "", stream),
                ("event", "event_id, ", "gen_random_uuid(), ", event),
                ("current_state", "", "", state),
            ):
                copy = _COPY.format(table=table, extra=extra, value=value, columns=columns)
                await connection.execute("SELECT es.ensure_partitions()")
                await connection.execute(copy, start, end, items)
        for table in ("es.event", "es.stream", "es.current_state"):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()
