"""A durable dbos workflow for each deadline: a sleep, then a step that inserts one row. All of it in one process."""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from dbos import DBOS, DBOSConfig

from benchmarks.beside.fired import INSERT

_STARTING = 50
_rows: list[asyncpg.Pool] = []


@DBOS.step()
async def insert_row(identity: str, due: str) -> None:
    await _rows[0].execute(INSERT, UUID(identity), datetime.fromisoformat(due))


@DBOS.workflow()
async def deadline(identity: str, due: str) -> None:
    await DBOS.sleep_async((datetime.fromisoformat(due) - datetime.now(UTC)).total_seconds())
    await insert_row(identity, due)


async def _run(count: int, due: str, started: Path) -> None:
    """Start all, say in a file how many waited in time and after how many seconds, and stay: sleeps are its own."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with asyncpg.create_pool(os.environ["BARE_DSN"], min_size=0, max_size=10) as pool:
        _rows.append(pool)
        DBOS.launch()
        waiting = iter(range(count))
        armed, instant = 0, datetime.fromisoformat(due)
        began = seconds = time.perf_counter()

        async def start() -> None:
            nonlocal armed, seconds
            for _ in waiting:
                await DBOS.start_workflow_async(deadline, str(uuid4()), due)
                if datetime.now(UTC) < instant:
                    armed, seconds = armed + 1, time.perf_counter()

        await asyncio.gather(*(start() for _ in range(_STARTING)))
        await asyncio.to_thread(started.write_text, f"{armed} {seconds - began}")
        await stopping.wait()
    os._exit(0)  # thousands of sleeps may be left, and nobody wants them


def _main(count: str, due: str, started: str) -> None:
    config: DBOSConfig = {
        "name": "bare-deadlines",
        "system_database_url": os.environ["BARE_DBOS"],
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    asyncio.run(_run(int(count), due, Path(started)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
