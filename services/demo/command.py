"""`duban demo`: the whole play, from an empty folder to the summary."""

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path

from rich.console import Console

from services.demo.play import DOCUMENTS, Play
from services.demo.result import DemoResult
from services.demo.screen import Screen, summary
from services.demo.stage import set_stage, with_free_ports
from services.demo.tally import Tally
from services.logging import configure_logging
from services.settings import Settings
from services.temporal.connection import NATIVE_THREADS_SECONDS

_INTERRUPTED = 130


def run_demo(*, issues: int, seed: int, json_file: Path | None, keep: bool, data_dir: Path | None) -> int:
    """Play and sum up; returns the exit code, 1 where anything was lost, climbed twice, stuck or wrong."""
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="duban-demo-")) if data_dir is None else data_dir
    settings = with_free_ports(Settings(data_dir=folder))
    configure_logging(settings.model_copy(update={"log_format": "console", "log_level": "error"}), process="demo")
    began = time.monotonic()
    try:
        result = asyncio.run(_perform(settings, console, issues=issues, seed=seed))
        time.sleep(NATIVE_THREADS_SECONDS)
    except asyncio.CancelledError:
        console.print("已中止，全部进程已停止。  Interrupted; everything is stopped.")
        return _INTERRUPTED
    finally:
        if data_dir is None and not keep:
            _clear(folder)
        else:
            console.print(f"数据保留在 {folder}  the data stays there", markup=False, soft_wrap=True)
    # From the first process's start to the last one's end, not only the play.
    result = result.model_copy(update={"seconds": round(time.monotonic() - began, 1)})
    summary(console, result)
    if result.documents:
        told = f"文书 {len(result.documents)} 份在 {folder / DOCUMENTS}  {len(result.documents)} documents"
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    if json_file is not None:
        json_file.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if result.flawless:
        console.print("全部事项有着落，无一遗忘。  Nothing was forgotten.", style="bold green")
    return 0 if result.flawless else 1


def _clear(folder: Path) -> None:
    """Leave the documents, if there are any, and nothing else."""
    for each in folder.iterdir():
        if each.is_dir() and each.name != DOCUMENTS:
            shutil.rmtree(each, ignore_errors=True)
        elif not each.is_dir():
            each.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _cancel_on_signals() -> None:
    """Whoever ends the demo, it stops its processes and clears its folder first."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _perform(settings: Settings, console: Console, *, issues: int, seed: int) -> DemoResult:
    _cancel_on_signals()
    console.print("正在启动全套服务，请稍候……  Starting the whole stack…")
    async with set_stage(settings) as stage:
        if stage.settings.temporal_ui:
            console.print(
                f"网关 API: http://{settings.gateway_host}:{settings.gateway_port}/docs   "
                f"流程 Temporal: http://127.0.0.1:{settings.temporal_ui_port}",
                highlight=False,
                soft_wrap=True,
            )
        screen = Screen(console)
        play = Play(stage, Tally(screen.hear, screen.hear_of_campaign), issues=issues, seed=seed, campaign=True)
        showing = asyncio.create_task(screen.show(play))
        try:
            return await play.perform()
        finally:
            showing.cancel()
            await asyncio.wait({showing})
