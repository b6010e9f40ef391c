"""A small disk of the database's own that can be filled to the last byte."""

import os
import subprocess
from pathlib import Path

_FILLER = "filler"


class Disk:
    """A tmpfs under a folder; where this machine lets us mount none, `impossible` says why and the folder is plain."""

    def __init__(self, folder: Path, *, megabytes: int) -> None:
        self.folder = folder
        self.impossible: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "duban-faults", str(folder)]
        try:
            outcome = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
        except OSError as problem:
            self.impossible = f"no disk of a limited size: {problem}"
            return
        if outcome.returncode != 0:
            self.impossible = f"no disk of a limited size: {outcome.stderr.strip().splitlines()[0]}"

    def fill(self) -> None:
        """Take every free byte."""
        if self.impossible:
            raise OSError(self.impossible)
        state = os.statvfs(self.folder)
        filler = os.open(self.folder / _FILLER, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            free = state.f_bfree * state.f_frsize
            while free > state.f_frsize:
                try:
                    os.posix_fallocate(filler, os.fstat(filler).st_size, free)
                except OSError:
                    free //= 2  # somebody else took a part of it meanwhile
        finally:
            os.close(filler)

    def free(self) -> None:
        """Give back what was taken."""
        (self.folder / _FILLER).unlink(missing_ok=True)

    def remove(self) -> None:
        """Unmount the disk, with everything on it."""
        if not self.impossible:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)  # noqa: S603, S607
