"""Lets a process without a port tell its supervisor that it has connected to everything and is at work."""

import os

from services.settings import Settings


def announce_ready(settings: Settings) -> None:
    """Say that this process is ready; does nothing where no supervisor asked. Call it once, when work begins."""
    if settings.ready_file is None:
        return
    unfinished = settings.ready_file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(f"{os.getpid()}\n", encoding="ascii")
    unfinished.replace(settings.ready_file)  # whole or not at all: the supervisor may be reading
