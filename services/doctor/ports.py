"""Finds out which process listens on a port, from what Linux shows under /proc; elsewhere nobody knows."""

from pathlib import Path

_LISTEN = "0A"
_STATE = 3
_INODE = 9


def holder_of(port: int) -> str | None:
    """Name and id of the process that listens on a port; None where that cannot be seen."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} {process.name}"
        except OSError:
            continue  # gone meanwhile, or another account's
    return None


def _listening(port: int) -> set[str]:
    inodes: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = (Path("/proc/net") / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[_STATE] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[_INODE])
    return inodes
