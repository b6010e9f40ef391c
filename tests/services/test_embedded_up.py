"""`duban up` as a user sees it: one command, addresses, the first key once, and Ctrl-C that stops everything."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from services.embedded.stack import PROCESSES
from services.settings import Settings

# Stands in for the product's processes: keeps what the supervisor expects of them, and nothing else.
FAKE_DUBAN = f"""#!{sys.executable}
import socket, sys, time
from services.readiness import announce_ready
from services.settings import Settings
settings = Settings()
if sys.argv[1] == "gateway":
    listener = socket.create_server((settings.gateway_host, settings.gateway_port))
announce_ready(settings)
time.sleep(1000)
"""

UP = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from rich.console import Console
    from services.cli.up import up
    from services.embedded import stack
    from services.settings import Settings
    stack.installed_binary = lambda name, distribution: Path(sys.argv[1])
    settings = Settings()
    key = settings.layout.root / "key"
    async def migrate(dsn): pass
    async def first_key(settings):
        if not key.exists():
            key.write_text("k")
            return "the-only-time"
    sys.exit(up(settings, migrate=migrate, search_attributes={}, first_key=first_key, console=Console()))
""")


@pytest.fixture
def settings(short_folder, free_ports) -> Settings:
    gateway, temporal, http, metrics, ui = free_ports(5)
    return Settings(
        data_dir=short_folder,
        gateway_port=gateway,
        temporal_port=temporal,
        temporal_http_port=http,
        temporal_metrics_port=metrics,
        temporal_ui_port=ui,
    )


@pytest.fixture
def start_up(settings, tmp_path):
    fake = tmp_path / "duban"
    fake.write_text(FAKE_DUBAN)
    fake.chmod(0o755)
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        environment = {**os.environ, **settings.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
        started.append(
            subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", UP, str(fake)], stdout=subprocess.PIPE, text=True, env=environment
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def read_until(process: subprocess.Popen[str], mark: str) -> str:
    read = ""
    for line in process.stdout:
        read += line
        if mark in line:
            return read
    raise AssertionError(read)


def processes(settings: Settings) -> dict[str, dict[str, int]]:
    return json.loads(settings.layout.run_file.read_text())["processes"]


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_up_starts_everything_restarts_what_dies_and_stops_on_ctrl_c(settings, start_up):
    first = start_up()
    greeting = read_until(first, "Ctrl-C")
    assert "the-only-time" in greeting
    assert f":{settings.gateway_port}/docs" in greeting
    assert f":{settings.temporal_ui_port}" in greeting

    before = processes(settings)
    assert list(before) == ["postgres", "temporal", *PROCESSES]
    for name in before:
        os.kill(before[name]["pid"], signal.SIGKILL)
    until(lambda: all(now["restarts"] == 1 and now["ready"] for now in processes(settings).values()))

    pids = [now["pid"] for now in processes(settings).values()]
    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)

    second = start_up()
    assert "the-only-time" not in read_until(second, "Ctrl-C")
    third = start_up()
    assert third.wait(60) == 1  # the folder is in use
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
