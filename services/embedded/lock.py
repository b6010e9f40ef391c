"""Lets one supervisor at a time use a data folder; the kernel frees the lock when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class DataFolderInUseError(RuntimeError):
    """Another `duban up` runs on this data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"{folder} is in use by process {holder or 'unknown'}; stop it or choose another folder")
        self.folder = folder
        self.holder = holder


@contextmanager
def held(lock: Path) -> Generator[None]:
    """Hold the lock file; raises DataFolderInUseError at once when somebody else does."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUseError(lock.parent, os.pread(descriptor, 20, 0).decode().strip()) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        # The file stays: deleting it would let two processes hold two locks of the same name.
        yield
    finally:
        os.close(descriptor)
