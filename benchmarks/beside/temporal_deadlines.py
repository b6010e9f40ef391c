"""A bare Temporal workflow for each deadline: a timer, then an activity that inserts one row; and its worker."""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from benchmarks.beside.fired import INSERT
from services.settings import CACHED_WORKFLOWS

TASK_QUEUE = "bare-deadlines"
_AT_ONCE = 50  # as the product's worker


@dataclass(frozen=True, slots=True)
class Deadline:
    """What falls due when."""

    id: UUID
    due: datetime


@workflow.defn(sandboxed=False)
class BareDeadline:
    """Sleeps until the deadline, then has one row inserted."""

    @workflow.run
    async def run(self, deadline: Deadline) -> None:
        await workflow.sleep(max(deadline.due - workflow.now(), timedelta(0)))
        await workflow.execute_activity(
            "insert_row", deadline, start_to_close_timeout=timedelta(seconds=20), result_type=None
        )


@dataclass(frozen=True)
class Rows:
    """Where the activity inserts."""

    pool: asyncpg.Pool

    @activity.defn
    async def insert_row(self, deadline: Deadline) -> None:
        await self.pool.execute(INSERT, deadline.id, deadline.due)


async def _run() -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    client = await Client.connect(os.environ["BARE_TEMPORAL"], data_converter=pydantic_data_converter)
    async with (
        asyncpg.create_pool(os.environ["BARE_DSN"], min_size=0, max_size=10) as pool,
        Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[BareDeadline],
            activities=[Rows(pool).insert_row],
            max_concurrent_activities=_AT_ONCE,
            max_cached_workflows=CACHED_WORKFLOWS,
        ),
    ):
        await stopping.wait()
    await asyncio.sleep(0.5)  # the SDK's native threads


if __name__ == "__main__":
    asyncio.run(_run())
