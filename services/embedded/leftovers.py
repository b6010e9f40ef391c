"""Clears away what a killed PostgreSQL leaves behind, so that the next one can start at once."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def clear_leftovers(data: Path) -> None:
    """End processes of a killed server that still hold its memory, and remove a pid file that means nothing any more.

    PostgreSQL does most of this itself, but refuses to start while an orphan is busy in a long statement, and for ever
    when the process id in its old file now belongs to another process of the same account (usual in containers).
    Call this only while holding the data folder's lock.
    """
    leftovers = _processes_in(data)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in leftovers:
            _signal(pid, number)
        if _wait(lambda: not _processes_in(data), seconds=5.0):
            break
        leftovers = _processes_in(data)
    if Path("/proc/self").exists() and not _processes_in(data):  # elsewhere the file is all that says who is alive
        (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """Return the processes whose working folder is the data folder: every PostgreSQL process stands in its own."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == data and (entry / "comm").read_text().startswith("postgres"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
