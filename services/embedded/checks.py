"""What is looked at around a process of ours: that its ports are free before, that it said it is at work after."""

import socket
from collections.abc import Callable
from pathlib import Path


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


def announced(file: Path) -> Callable[[int], bool]:
    """Return a check that is true once the process with this id has written its id into the file."""

    def check(pid: int) -> bool:
        try:
            return file.read_text(encoding="ascii").strip() == str(pid)
        except OSError:
            return False

    return check
