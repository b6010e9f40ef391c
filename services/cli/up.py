"""`duban up`: the whole product on one machine until it is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console

from services.embedded.account import NoAccountForPostgresError
from services.embedded.checks import PortTakenError
from services.embedded.lock import DataFolderInUseError
from services.embedded.postgres import DatabaseNotCreatedError, PostgresMissingError, SocketFolderTakenError
from services.embedded.stack import Stack
from services.embedded.supervisor import ChildFailedError
from services.embedded.temporal import TemporalMissingError
from services.logging import configure_logging
from services.settings import Settings
from services.telemetry.endpoint import serve_metrics
from services.telemetry.supervised import Supervised

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CANNOT_START = (
    ChildFailedError,
    DataFolderInUseError,
    DatabaseNotCreatedError,
    NoAccountForPostgresError,
    PortTakenError,
    PostgresMissingError,
    SocketFolderTakenError,
    TemporalMissingError,
)


def up(
    settings: Settings,
    *,
    migrate: Callable[[str], Awaitable[None]],
    search_attributes: Mapping[str, str],
    first_key: Callable[[Settings], Awaitable[str | None]],
    console: Console,
) -> int:
    """Run everything until SIGINT, SIGTERM or SIGHUP; returns the exit code, 1 when something could not start.

    `migrate` gets the owner's database address. `first_key` runs after it, before Duban's processes start: where no
    administrator exists yet it creates one and returns the API key, which is shown this once; otherwise None.
    """
    configure_logging(settings.model_copy(update={"log_format": "console", "log_level": "warning"}), process="up")
    return asyncio.run(_up(settings, migrate, search_attributes, first_key, console))


async def _up(
    settings: Settings,
    migrate: Callable[[str], Awaitable[None]],
    search_attributes: Mapping[str, str],
    first_key: Callable[[Settings], Awaitable[str | None]],
    console: Console,
) -> int:
    made: list[str] = []

    async def prepare_database(dsn: str) -> None:
        await migrate(dsn)
        if (key := await first_key(settings)) is not None:
            made.append(key)

    _cancel_on_signals(asyncio.current_task())
    try:
        console.print("正在启动，请稍候……  Starting…")
        async with Stack(settings, migrate=prepare_database, search_attributes=search_attributes) as stack:
            serve_metrics(settings, Supervised(stack).registry)
            _greet(settings, console, made)
            await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        console.print("已停止，数据完好。  Stopped; everything is kept.")
    except _CANNOT_START as problem:
        console.print(f"无法启动  Cannot start: {problem}", style="red", markup=False)
        return 1
    return 0


def _cancel_on_signals(task: asyncio.Task[int] | None) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # Once: impatience must not interrupt PostgreSQL's last checkpoint.
        for number in _STOPS:
            loop.add_signal_handler(number, lambda: None)
        if task is not None:
            task.cancel()

    for number in _STOPS:
        loop.add_signal_handler(number, stop)


def _greet(settings: Settings, console: Console, made: list[str]) -> None:
    gateway = f"http://{settings.gateway_host}:{settings.gateway_port}"
    console.print("督办已就绪  Duban is up", style="bold green")
    lines = [("接口文档  API", f"{gateway}/docs")]
    if settings.embeds_temporal and settings.temporal_ui:
        lines.append(("流程引擎  Temporal", f"http://127.0.0.1:{settings.temporal_ui_port}"))
    lines.append(("数据目录  Data", str(settings.layout.root)))
    lines.append(("运行日志  Logs", str(settings.layout.logs)))
    lines += [("管理员密钥（仅显示一次）  Administrator's key, shown once", key) for key in made]
    for name, value in lines:
        # Unwrapped, so that addresses and keys can be copied.
        console.print(f"  {name}: {value}", markup=False, highlight=False, soft_wrap=True)
    console.print("按 Ctrl-C 停止  Ctrl-C stops it")
