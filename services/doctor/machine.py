"""Examines the machine: the interpreter, the data folder, the disk, who runs, which ports are taken and by whom."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from domain.text import Text
from services.doctor.finding import Finding
from services.doctor.ports import holder_of
from services.embedded.checks import PortTakenError, require_free_ports
from services.embedded.lock import DataFolderInUseError, held
from services.settings import Settings

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 1_000_000_000
_MEGABYTE = 1_000_000


def is_running(settings: Settings) -> str | None:
    """The process id of the supervisor that holds the data folder, None where nobody does."""
    lock = settings.layout.lock
    if not lock.exists():
        return None
    try:
        with held(lock):
            return None
    except DataFolderInUseError as problem:
        return problem.holder
    except OSError:
        return None  # not ours to open; the folder's own check says so


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Every finding that needs no server."""
    yield _python()
    if not (settings.embeds_postgres or settings.embeds_temporal):
        return
    yield _folder(settings.layout.root)
    yield _disk(settings.layout.root)
    supervisor = is_running(settings)
    if supervisor is None:
        yield Finding.note(
            "stack_stopped",
            f"本数据目录的服务未在运行（{settings.layout.root}）",
            "nothing runs on this data folder",
            mend=Text(zh="启动：duban up", en="start it: duban up"),
        )
    else:
        yield Finding.well("stack_running", f"服务运行中，主进程 {supervisor}", f"running under process {supervisor}")
    yield from _ports(settings, running=supervisor is not None)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info >= _OLDEST_PYTHON:
        return Finding.well("python", f"Python {version}", "new enough")
    return Finding.wrong(
        "python_too_old",
        f"Python {version} 过旧",
        f"Python {version} is too old",
        mend=Text(zh="安装 Python 3.11 或更新版本", en="install Python 3.11 or newer"),
    )


def _folder(root: Path) -> Finding:
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    if nearest.is_dir() and _can_be_written(nearest):
        return Finding.well("data_folder", f"数据目录可写：{root}", "the data folder can be written")
    return Finding.wrong(
        "data_folder_not_writable",
        f"数据目录不可写：{nearest}",
        "the data folder cannot be written",
        mend=Text(
            zh="换用有权限的账号，或用 --data-dir 另选目录", en="use the account that owns it, or choose --data-dir"
        ),
    )


def _can_be_written(folder: Path) -> bool:
    """Try it: asked beforehand, the system says yes to root even where nobody can write, such as in /proc."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _disk(root: Path) -> Finding:
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    if free >= _LEAST_FREE_BYTES:
        return Finding.well("disk", f"磁盘剩余 {free // _MEGABYTE:,} MB", "enough disk space")
    return Finding.wrong(
        "disk_nearly_full",
        f"磁盘仅剩 {free // _MEGABYTE:,} MB",
        f"only {free // _MEGABYTE:,} MB of disk space left",
        mend=Text(zh="清理磁盘，或把数据目录移到更大的盘", en="free space, or move the data folder to a larger disk"),
    )


def _ports(settings: Settings, *, running: bool) -> Iterator[Finding]:
    wanted = [("DUBAN_GATEWAY_PORT", settings.gateway_host, settings.gateway_port)]
    if settings.embeds_temporal:
        local = "127.0.0.1"
        wanted += [
            ("DUBAN_TEMPORAL_PORT", local, settings.temporal_port),
            ("DUBAN_TEMPORAL_HTTP_PORT", local, settings.temporal_http_port),
            ("DUBAN_TEMPORAL_METRICS_PORT", local, settings.temporal_metrics_port),
        ]
        if settings.temporal_ui:
            wanted.append(("DUBAN_TEMPORAL_UI_PORT", local, settings.temporal_ui_port))
    for variable, host, port in wanted:
        yield _port(variable, host, port, running=running)


def _port(variable: str, host: str, port: int, *, running: bool) -> Finding:
    try:
        require_free_ports(host, port)
    except PortTakenError:
        taken = True
    else:
        taken = False
    holder = holder_of(port) if taken else None
    by = f"（{holder}）" if holder else ""
    if taken and running:
        return Finding.well("port", f"端口 {port} 已监听{by}", "listening")
    if taken:
        return Finding.wrong(
            "port_taken",
            f"端口 {port} 被占用{by}",
            f"port {port} is taken by {holder or 'another program'}",
            mend=Text(zh=f"停掉占用者，或设置 {variable}", en=f"stop that program, or set {variable}"),
        )
    if running:
        return Finding.wrong(
            "port_not_listening",
            f"端口 {port} 没有监听",
            f"nothing listens on port {port}",
            mend=Text(zh="查看数据目录 logs 下的日志", en="look into the logs in the data folder"),
        )
    return Finding.well("port", f"端口 {port} 空闲", "free")
