"""The worker and relay processes: up when they can, down when told."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from services.embedded.databases import DatabaseAddresses
from services.settings import Settings
from services.temporal.schedule import SCHEDULE_ID

START_SECONDS = 60.0
RUN = "import sys; from services.{0}.{0} import run; from services.settings import Settings; run(Settings())"


async def start(process: str, settings: Settings) -> asyncio.subprocess.Process:
    environment = {**os.environ, **settings.environment()}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN.format(process), env=environment, stdout=asyncio.subprocess.PIPE
    )


async def ready(file: Path) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not file.exists():  # noqa: ASYNC110, ASYNC240 - another process makes it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("process", ["worker", "relay"])
async def test_a_process_says_when_it_is_ready_and_ends_when_told(
    database: DatabaseAddresses, temporal_server: Any, tmp_path: Path, process: str
):
    settings = Settings(
        database_app_url=database.app, temporal_address=temporal_server.address, ready_file=tmp_path / "ready"
    )
    running = await start(process, settings)
    await ready(tmp_path / "ready")
    running.send_signal(signal.SIGTERM)
    async with asyncio.timeout(START_SECONDS):
        await running.communicate()
    assert running.returncode == 0
    if process == "worker":
        client = await temporal_server.connect()
        assert (await client.get_schedule_handle(SCHEDULE_ID).describe()).id == SCHEDULE_ID
        await client.get_schedule_handle(SCHEDULE_ID).delete()


@pytest.mark.parametrize("process", ["worker", "relay"])
async def test_a_process_that_waits_for_temporal_ends_when_told(
    database: DatabaseAddresses, tmp_path: Path, free_ports: Any, process: str
):
    (nobody,) = free_ports(1)
    settings = Settings(
        database_app_url=database.app, temporal_address=f"127.0.0.1:{nobody}", ready_file=tmp_path / "ready"
    )
    running = await start(process, settings)
    async with asyncio.timeout(START_SECONDS):
        assert running.stdout is not None
        while b"waiting" not in await running.stdout.readline():
            assert running.returncode is None
        running.send_signal(signal.SIGTERM)
        await running.communicate()
    assert running.returncode == 0
    assert not (tmp_path / "ready").exists()
