"""What is looked at around a process of ours: that its ports are free before, that it said it is at work after."""

import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

_LOWEST_FREE, _HIGHEST = 10_240, 65_535
# Where the kernel's own choices begin, for outgoing connections too; Linux says it, and elsewhere they begin higher.
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_EPHEMERAL = 32_768


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


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses, and that no outgoing connection is given while their process is away."""
    ephemeral = int(_EPHEMERAL.read_text(encoding="ascii").split()[0]) if _EPHEMERAL.exists() else _USUAL_EPHEMERAL
    # Where the kernel was told to use them all, none is safe, and any may do.
    candidates = range(_LOWEST_FREE, ephemeral if ephemeral > _LOWEST_FREE + count else _HIGHEST + 1)
    found: list[int] = []
    with ExitStack() as held:
        for port in random.SystemRandom().sample(candidates, len(candidates)):
            if len(found) == count:
                break
            try:
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found


def announced(file: Path) -> Callable[[int], bool]:
    """Return a check that is true once the process with this id has written its id into the file."""

    def check(pid: int) -> bool:
        try:
            return file.read_text(encoding="ascii").strip() == str(pid)
        except OSError:
            return False

    return check
