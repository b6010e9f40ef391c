"""dbos: a durable workflow for each item keeps its row by steps, and waits for commands until its deadline."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dbos import DBOS, DBOSConfig, SetWorkflowID

from benchmarks.beside.rows import Rows
from benchmarks.beside.way import LIMIT, item_of

_AT_ONCE = 50
_rows: list[Rows] = []


@DBOS.step()
async def keep(report: dict[str, Any]) -> None:
    await _rows[0].take([report])


@DBOS.step()
async def carry_out(item: str, command: str) -> str:
    return await _rows[0].move(UUID(item), command)


@DBOS.workflow()
async def item_life(report: dict[str, Any], due: str) -> str:
    """Kept, then asleep until the deadline."""
    await keep(report)
    await DBOS.sleep_async((datetime.fromisoformat(due) - datetime.now(UTC)).total_seconds())
    return "overdue"


@DBOS.workflow()
async def command_life(item: str, command: str) -> str:
    """A command is a workflow of its own, answered when its step is done."""
    return await carry_out(item, command)


class DurableItems:
    """Everything in one process: whoever starts a workflow also runs it."""

    def __init__(self, dsn: str, system_dsn: str) -> None:
        self._keeping = Rows(dsn)
        config: DBOSConfig = {
            "name": "durable-items",
            "system_database_url": system_dsn,
            "log_level": "ERROR",
            "enable_otlp": False,
        }
        DBOS(config=config)

    async def open(self) -> None:
        await self._keeping.open()
        _rows.append(self._keeping)
        DBOS.launch()

    async def close(self) -> None:
        """Sleeping workflows are for the next process to take up; the endpoint ends without them."""

    async def take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        due, waiting = (datetime.now(UTC) + LIMIT).isoformat(), iter(reports)

        async def start() -> None:
            for report in waiting:
                with SetWorkflowID(str(item_of(report))):
                    await DBOS.start_workflow_async(item_life, dict(report), due)

        await asyncio.gather(*(start() for _ in range(min(_AT_ONCE, len(reports)))))

    async def move(self, item: UUID, command: str) -> str:
        handle = await DBOS.start_workflow_async(command_life, str(item), command)
        return await handle.get_result()
