"""Says what a supervised process is: its command, how to prepare it, how to know it is ready, how to stop it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system to run a process as."""

    name: str
    uid: int
    gid: int


def _always(_pid: int) -> bool:
    return True


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One long-running process.

    `prepare` runs before every start and may block; `ready` is asked again and again with the process id and may block
    for a second; both run in a thread. `death_signal` is what the kernel sends the process when the supervisor dies.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[int], bool] = _always
    prepare: Callable[[], None] = _nothing
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 10.0

    def argv(self) -> list[str]:
        """Return the command line that starts this child tied to the calling process."""
        launch = [sys.executable, "-I", "-S", str(_LAUNCHER)]
        launch += ["--parent", str(os.getpid()), "--death-signal", str(int(self.death_signal))]
        if self.account is not None:
            launch += ["--uid", str(self.account.uid), "--gid", str(self.account.gid)]
        return [*launch, "--", *self.command]

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the process, its output appended to the log file.

        Call this from a thread that lives as long as the process should: on Linux the kernel takes the end of the
        starting thread for the end of the parent.
        """
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which decides the order.
            return subprocess.Popen(  # noqa: S603 - the command is ours
                self.argv(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
