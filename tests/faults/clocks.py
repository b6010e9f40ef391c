"""Puts the clocks of single processes wrong by hours, as a bad time server or a restored snapshot does."""

import importlib.metadata
import shutil
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

_LIBRARY = "libfaketime.so.1"
_ENV = shutil.which("env") or "/usr/bin/env"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the library leaves things, not we


@cache
def faking_library() -> Path | None:
    """Return the library that answers for the system's clock, None where this machine has none that loads."""
    for file in importlib.metadata.files("libfaketime") or []:
        if file.name == _LIBRARY:
            return Path(str(file.locate())).resolve()
    return None


class Clocks:
    """One wall clock for each process, each in a file that the process looks into whenever it asks for the time.

    Monotonic clocks stay true: a jump is what `settimeofday` does, not a pause. Temporal is written in Go, which asks
    the kernel past every library, so it always knows the true time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[str, timedelta] = {}
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)

    def command(self, name: str, command: Sequence[str]) -> tuple[str, ...]:
        """Return the command line that starts a program with a clock that can be moved.

        By way of `env`, so that the library is loaded into the program alone: loaded before a change of the account,
        it would leave a semaphore that the program, under its own account, may not open.
        """
        library = faking_library()
        if library is None:
            return tuple(command)
        self.set(name, self.offset(name))
        variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file(name)),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        return (_ENV, *(f"{key}={value}" for key, value in variables.items()), *command)

    def offset(self, name: str) -> timedelta:
        """Return by how much the clock of this process is ahead of the true time."""
        return self._offsets.get(name, timedelta(0))

    def set(self, name: str, offset: timedelta) -> None:
        """Move the clock of a process: from its next look on it is ahead by so much, or behind."""
        self._offsets[name] = offset
        # Whole or not at all: the process may be looking this very moment.
        file = self._file(name)
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(f"{offset.total_seconds():+.0f}s\n", encoding="ascii")
        unfinished.chmod(0o644)
        unfinished.replace(file)

    def wrong(self) -> list[str]:
        """Name the processes whose clocks are wrong now."""
        return [name for name, offset in self._offsets.items() if offset]

    def _file(self, name: str) -> Path:
        return self._folder / name


def clear_leftovers() -> None:
    """Remove what the library leaves in shared memory of processes that were killed."""
    for pattern in ("faketime_shm_*", "sem.faketime_sem_*"):
        for file in _SHARED_MEMORY.glob(pattern):
            pid = file.name.rpartition("_")[2]
            if not Path("/proc", pid).exists():
                file.unlink(missing_ok=True)
