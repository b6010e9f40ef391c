"""Ways to know that a process of ours is at work: it listens, or it said so in its ready file."""

import socket
from collections.abc import Callable
from pathlib import Path

_CONNECT_SECONDS = 1.0


class PortTakenError(RuntimeError):
    """A port that one of our processes needs is used by something else."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is taken; free it or choose another in the settings")
        self.port = port


def require_free_ports(host: str, *ports: int) -> None:
    """Raise PortTakenError for the first port that is taken, before a process fails over it less clearly."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise PortTakenError(host, port) from None


def listens(host: str, port: int) -> Callable[[int], bool]:
    """Return a check that is true once something accepts connections there."""
    reachable = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104 - compared, not bound

    def check(_pid: int) -> bool:
        try:
            socket.create_connection((reachable, port), timeout=_CONNECT_SECONDS).close()
        except OSError:
            return False
        return True

    return check


def announced(file: Path) -> Callable[[int], bool]:
    """Return a check that is true once the process with this id has written its id into the file."""

    def check(pid: int) -> bool:
        try:
            return file.read_text(encoding="ascii").strip() == str(pid)
        except OSError:
            return False

    return check
