"""Temporal alone: a workflow for each item holds its state, waits for its deadline and takes commands as updates."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from benchmarks.beside.way import LIMIT, STEPS, NotThereError, item_of

_TASK_QUEUE = "held-items"
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Held:
    """What a workflow starts from."""

    data: dict[str, Any]
    due: datetime


@workflow.defn(sandboxed=False)
class HeldItem:
    """An item whose whole truth is the history of this workflow."""

    @workflow.init
    def __init__(self, held: Held) -> None:
        self._held = held
        self._status = "dispatched"
        self._overdue = False

    @workflow.run
    async def run(self, held: Held) -> str:
        try:
            await workflow.wait_condition(lambda: self._status == "closed", timeout=held.due - workflow.now())
        except TimeoutError:
            self._overdue = True
            await workflow.wait_condition(lambda: self._status == "closed")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._status

    @workflow.update
    def move(self, command: str) -> str:
        before, after = STEPS[command]
        if self._status != before:
            raise ApplicationError("not there", type="not_there", non_retryable=True)
        self._status = after
        return after


class HeldItems:
    """The client, and a worker in the same process."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def open(self) -> None:
        self._client = await Client.connect(self._address, data_converter=pydantic_data_converter)
        self._worker = Worker(self._client, task_queue=_TASK_QUEUE, workflows=[HeldItem])
        self._working = asyncio.create_task(self._worker.run())

    async def close(self) -> None:
        await self._worker.shutdown()
        await self._working
        await asyncio.sleep(0.5)  # the SDK's native threads

    async def take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        due, waiting = datetime.now(UTC) + LIMIT, iter(reports)

        async def start() -> None:
            for report in waiting:
                await self._client.start_workflow(
                    HeldItem.run, Held(report["data"], due), id=str(item_of(report)), task_queue=_TASK_QUEUE
                )

        await asyncio.gather(*(start() for _ in range(min(_AT_ONCE, len(reports)))))

    async def move(self, item: UUID, command: str) -> str:
        try:
            return await self._client.get_workflow_handle(str(item)).execute_update("move", command, result_type=str)
        except WorkflowUpdateFailedError as refused:
            raise NotThereError from refused
