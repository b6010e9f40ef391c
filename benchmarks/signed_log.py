"""Fills a store with many events as a superuser would, far faster than through the gateway, and has the log signed."""

import asyncio
import hashlib
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.workplace import Workplace
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.settings import Role
from services.store.entry import entry_bytes
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.store.records import Append, ListRow, NewEvent
from services.transparency.keys import KeyFolder

EVENTS_A_STREAM = 8
SIGNED_EVERY = 50_000
PAYLOAD_BYTES = 600  # what an event of an item takes, with its clocks and texts
_COLUMNS = [
    *("stream_id", "version", "event_id", "kind", "type", "schema_version", "occurred_at", "actor"),
    *("campaign_id", "unit", "area", "entry", "data", "salt", "recorded_at"),
]
_FINISH = """
    INSERT INTO es.stream SELECT stream_id, max(kind), max(version) FROM es.event GROUP BY stream_id
    ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version;
    INSERT INTO es.current_state (stream_id, kind, version, state, updated_at)
    SELECT stream_id, kind, version, '{}', now() FROM es.stream
    ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version;
    INSERT INTO es.command (idempotency_key, request_sha256, stream_id, version, answer)
    SELECT convert_from(entry, 'UTF8')::jsonb ->> 'command_key', sha256(''), stream_id, version, '' FROM es.event
    ON CONFLICT DO NOTHING;
    ANALYZE es.event; ANALYZE es.log; ANALYZE es.command; ANALYZE es.stream; ANALYZE es.current_state"""


def fill(place: Workplace, events: int) -> None:
    """Events of items, in the order of the log and with a checkpoint every so many; everything agrees at the end."""
    asyncio.run(_fill(place, events))


async def _fill(place: Workplace, events: int) -> None:
    settings = place.settings
    connection = await asyncpg.connect(place.superuser_dsn)
    sequencer = await asyncpg.connect(settings.dsn(Role.SEQUENCER))
    await prepare(connection)
    await prepare(sequencer)
    keys = KeyFolder(settings.log_keys)
    if not keys.signers():
        keys.create("log.example/benchmark")
    signing = Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), OutsideCheckpoints(settings.checkpoints))
    try:
        # What furnishing the place has written is sequenced first.
        await connection.execute("SELECT es.sequence_tick()")
        there = await connection.fetchval("SELECT count(*) FROM es.event")
        rows = _rows(events - there)
        while batch := list(islice(rows, SIGNED_EVERY)):
            await connection.copy_records_to_table("event", schema_name="es", columns=_COLUMNS, records=batch)
            await connection.execute("SELECT es.sequence_tick()")
            await signing.sign()
        await connection.execute(_FINISH)
        with suppress(asyncpg.PostgresError):
            await connection.execute("VACUUM es.log")
    finally:
        await connection.close()
        await sequencer.close()


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(20261120)  # noqa: S311 - the same log every time
    start, began = datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC)
    streams = [UUID(int=chance.getrandbits(128)) for _ in range(max(1, count // EVENTS_A_STREAM) + 1)]
    row, request = ListRow(status="registered", unit="unit-7"), hashlib.sha256(b"").digest()
    filler = "路面坑槽约两平方米，影响通行。".encode()
    for number in range(count):
        stream, version = streams[number % len(streams)], number // len(streams)
        unit, actor = f"unit-{chance.randrange(200)}", f"principal-{chance.randrange(500)}"
        body = b'{"description":"%s","number":%d}' % (filler * (PAYLOAD_BYTES // len(filler)), number)
        event = NewEvent(
            event_id=UUID(int=chance.getrandbits(128)),
            type=f"item.step{version}.v1",
            schema_version=1,
            occurred_at=start + timedelta(seconds=20 * number),
            data=body,
        )
        command = Append(
            key=f"key-{number}",
            request_sha256=request,
            stream_id=stream,
            kind="item",
            expected_version=version,
            actor=actor,
            actor_role="handler",
            campaign_id="campaign-1",
            unit=unit,
            area=f"area-{chance.randrange(300)}",
            events=(event,),
            state=b"{}",
            row=row,
            answer=b"{}",
        )
        salt = chance.randbytes(16)
        recorded_at = began + timedelta(microseconds=number)  # as a log is: in order, and not before what is there
        yield (
            stream,
            version + 1,
            event.event_id,
            "item",
            event.type,
            1,
            event.occurred_at,
            actor,
            "campaign-1",
            unit,
            command.area,
            entry_bytes(command, event, version + 1, salt, recorded_at),
            body,
            salt,
            recorded_at,
        )
