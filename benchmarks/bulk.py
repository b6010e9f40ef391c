"""Recomputing 10,000 open items under tighter limits: items a second, and what it costs everybody else meanwhile."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.service import RPCError

from benchmarks.issues import batch_bodies, single_bodies
from benchmarks.load import Load, fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace
from domain.actor import Actor, Role
from domain.bulk.commands import StartBulk
from domain.bulk.state import Bulk
from domain.bulk.values import Recompute, Selection
from domain.clock import ClockKind
from domain.limits import Limit, LimitKind
from domain.rulebook.commands import PublishPolicy
from services.handling.aggregates import BULK, POLICY
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.settings import Role as DatabaseRole
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.standings import Standings
from services.temporal.arming import Arming
from services.temporal.connection import NATIVE_THREADS_SECONDS, connect
from services.temporal.schedule import SCHEDULE_ID

TARGET = 300
MOST_SLOWER = 2.0
SIZE = 500
ITEMS = 10_000
COMMANDS = 1_000
OFFICE = Actor(principal="benchmark-office", role=Role.OFFICE)
ADMINISTRATOR = Actor(principal="benchmark", role=Role.ADMINISTRATOR)
TIGHTER = Limit(kind=LimitKind.WORKING_HOURS, amount=2)


def run(place: Workplace) -> Measurement:
    """One worker, one gateway. Single issue events, one after the other, before and meanwhile."""
    with place.gateway(), place.temporal(), place.part("services.worker.worker"):
        # The first comparison of items with workflows is over before there are any, and the next one minutes away.
        asyncio.run(_reconciled(place))
        batches = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
        filled = fire(
            place.settings.gateway_port, "/v1/events", batches, batch_bodies(ITEMS // SIZE, SIZE), concurrency=2
        )
        assert filled.all_succeeded
        _commands(place)
        before = _commands(place)
        rate, meanwhile = asyncio.run(_recompute(place))
    slower = meanwhile.median_milliseconds / before.median_milliseconds
    return Measurement(
        name=f"recompute {ITEMS:,} open items",
        measured=rate,
        compared_with=TARGET,
        unit="items/s",
        comparison="the promise",
        ratio=rate / TARGET,
        target=f"≥ 1, others at most {MOST_SLOWER:.0f} times slower",
        reached=rate >= TARGET and slower <= MOST_SLOWER,
        details={
            "median_milliseconds": before.median_milliseconds,
            "median_milliseconds_meanwhile": meanwhile.median_milliseconds,
            "slowest_milliseconds": before.slowest_milliseconds,
            "slowest_milliseconds_meanwhile": meanwhile.slowest_milliseconds,
            "times_slower": slower,
        },
    )


async def _reconciled(place: Workplace) -> None:
    client = await connect(place.settings)
    async with asyncio.timeout(60):
        while True:
            with suppress(RPCError):
                info = (await client.get_schedule_handle(SCHEDULE_ID).describe()).info
                if info.num_actions and not info.running_actions:
                    break
            await asyncio.sleep(0.2)
    await asyncio.sleep(NATIVE_THREADS_SECONDS)


def _commands(place: Workplace) -> Load:
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {place.api_key}"}
    return fire(place.settings.gateway_port, "/v1/events", headers, single_bodies(COMMANDS), concurrency=1)


async def _recompute(place: Workplace) -> tuple[float, Load]:
    client = await connect(place.settings)
    async with await open_pool(place.settings.dsn(DatabaseRole.APP)) as pool:
        store, rulebooks = EventStore(pool), RulebookSource(pool)
        operation_id = await _start(CommandHandler(store, rulebooks), rulebooks)
        await Arming(client, place.settings.task_queue).arm_all(await Standings(pool).of([operation_id]))
        await _until(pool, operation_id, lambda bulk: bulk.progress.done > 0)
        began = time.perf_counter()
        first = (await _standing(pool, operation_id)).progress.done
        commands = asyncio.create_task(asyncio.to_thread(_commands, place))
        bulk = await _until(pool, operation_id, lambda bulk: bulk.status == "finished")
        seconds = time.perf_counter() - began
        assert bulk.progress.done >= ITEMS, bulk.progress.refusals
        assert not commands.done() or seconds > 1, "the commands ran beside the operation"
        load = await commands
    await asyncio.sleep(NATIVE_THREADS_SECONDS)
    return (bulk.progress.done - first) / seconds, load


async def _start(handler: CommandHandler, rulebooks: RulebookSource) -> UUID:
    at, operation_id = datetime.now(UTC), BULK.stream("benchmark")
    policy = (await rulebooks.current()).regime().policy
    limits = {**policy.limits, ClockKind.ACCEPT: TIGHTER}
    newer = policy.model_copy(update={"version": policy.version + 1, "limits": limits})
    publish = PublishPolicy(command_id="tighter", at=at, actor=ADMINISTRATOR, document=newer)
    await handler.handle(Wish(POLICY, POLICY.stream(newer.ref), publish, new=True))
    start = StartBulk(
        command_id="start-bulk",
        at=at,
        actor=OFFICE,
        operation_id=operation_id,
        operation=Recompute(),
        selection=Selection(),
        reason="冲刺迎检",
        total=ITEMS,
    )
    await handler.handle(Wish(BULK, operation_id, start, new=True))
    return operation_id


async def _until(pool: asyncpg.Pool, operation_id: UUID, condition: Any) -> Bulk:
    async with asyncio.timeout(300):
        while not condition(bulk := await _standing(pool, operation_id)):  # noqa: ASYNC110 - another process is at it
            await asyncio.sleep(0.05)
    return bulk


async def _standing(pool: asyncpg.Pool, operation_id: UUID) -> Bulk:
    stored = await EventStore(pool).state(operation_id)
    assert stored is not None
    return BULK.states.validate_json(stored.state)
