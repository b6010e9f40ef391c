"""Keeps a process's log file from filling the disk, and reads its end."""

import os
import shutil
from pathlib import Path

_LONGEST_BYTES = 32 * 1024 * 1024
_TAIL_BYTES = 4096


def keep_short(log: Path, longest_bytes: int = _LONGEST_BYTES) -> None:
    """Move a log that grew too long into NAME.log.1 (one is kept) and go on in the emptied file.

    Copied and truncated, because the process that writes it holds it open (for appending, so it goes on at the start).
    Does nothing where that is impossible: a log that was deleted or a full disk is no reason to end supervision.
    """
    try:
        if log.stat().st_size > longest_bytes:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
    except OSError:
        return


def last_lines(log: Path, count: int = 8) -> list[str]:
    """Return the last lines of a log, [] when there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _TAIL_BYTES))
            return stream.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
