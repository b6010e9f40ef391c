"""Keeps named processes running: starts them in order of need, restarts what dies, stops them in reverse order."""

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.embedded.child import Child
from services.embedded.log_file import keep_short, last_lines

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
# A process that ran this long was well: its next death is a new accident, not a crash loop.
_STEADY_SECONDS = 20.0
_FAILURES_AT_FIRST_START = 3


class ChildFailedError(RuntimeError):
    """A process did not get ready; the reason ends with the last lines of its log."""

    def __init__(self, name: str, log: Path, reason: str) -> None:
        super().__init__(f"{name} does not start: {reason} (log: {log})")
        self.name = name
        self.log = log
        self.reason = reason


@dataclass(slots=True)
class _Kept:
    child: Child
    log: Path
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    process: subprocess.Popen[bytes] | None = None
    keeper: asyncio.Task[None] | None = None
    restarts: int = 0
    failures: int = 0  # in a row, without having been ready
    reason: str = ""
    stopping: bool = False
    condemned: int | None = None  # the process id we killed ourselves, which must not count as ready any more


class Supervisor:
    """Runs children; every method must be called from the thread of one event loop, which must outlive the children."""

    def __init__(self, children: Sequence[Child], logs: Path, *, changed: Callable[[], None] = lambda: None) -> None:
        self._kept = {child.name: _Kept(child, logs / f"{child.name}.log") for child in children}
        self._changed = changed
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The children in starting order."""
        return tuple(self._kept)

    def pid(self, name: str) -> int | None:
        """Return the process id, None while it is down."""
        process = self._kept[name].process
        return process.pid if process is not None else None

    def restarts(self, name: str) -> int:
        """Return how often the process was started again after dying."""
        return self._kept[name].restarts

    def is_ready(self, name: str) -> bool:
        """Tell whether the process is up and at work."""
        return self._kept[name].ready.is_set()

    def kill(self, name: str) -> int:
        """Kill the process with SIGKILL, as an accident would; it is restarted. Returns the id it had."""
        kept = self._kept[name]
        if kept.process is None:
            raise ProcessLookupError(name)
        kept.condemned = kept.process.pid
        kept.ready.clear()
        os.kill(kept.process.pid, signal.SIGKILL)
        return kept.process.pid

    async def wait_ready(self, name: str, timeout_seconds: float = 60.0) -> None:
        """Wait until the process is up and at work; raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            await self._kept[name].ready.wait()

    async def start(self, *names: str, timeout_seconds: float = 120.0) -> None:
        """Start these (all when none is named) and wait until they are ready; raises ChildFailedError."""
        chosen = [self._kept[name] for name in names or self._kept]
        for kept in chosen:
            if kept.keeper is None:
                kept.stopping, kept.failures = False, 0
                kept.keeper = asyncio.create_task(self._keep(kept), name=f"keep {kept.child.name}")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while waiting := [kept for kept in chosen if not kept.ready.is_set()]:
            for kept in waiting:
                if kept.failures >= _FAILURES_AT_FIRST_START:
                    raise ChildFailedError(kept.child.name, kept.log, kept.reason)
            if loop.time() > deadline:
                late = "\n".join([f"not ready after {timeout_seconds:.0f} s", *last_lines(waiting[0].log)])
                raise ChildFailedError(waiting[0].child.name, waiting[0].log, late)
            await asyncio.sleep(_LOOK_SECONDS)

    async def stop(self, *names: str) -> None:
        """Stop these (all when none is named) in reverse starting order, with grace, and leave them stopped."""
        for kept in reversed([self._kept[name] for name in names or self._kept]):
            await self._stop(kept)

    async def _stop(self, kept: _Kept) -> None:
        kept.stopping = True
        kept.ready.clear()
        if kept.process is not None and kept.keeper is not None:
            _signal(kept.process.pid, kept.child.stop_signal)
            _, pending = await asyncio.wait({kept.keeper}, timeout=kept.child.grace_seconds)
            if pending:
                _log.warning("%s did not stop in time and is killed", kept.child.name)
        if kept.keeper is not None:
            kept.keeper.cancel()
            await asyncio.gather(kept.keeper, return_exceptions=True)
            kept.keeper = None
        if kept.process is not None:
            _signal_group(kept.process.pid)
            kept.process.wait()
            self._forget(kept)

    async def _keep(self, kept: _Kept) -> None:
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while not kept.stopping:
            for need in kept.child.needs:
                if need in self._kept:
                    await self._kept[need].ready.wait()
            began = loop.time()
            await self._run_once(kept)
            if kept.stopping:
                return
            kept.restarts += 1
            pause = _FIRST_PAUSE_SECONDS if loop.time() - began > _STEADY_SECONDS else pause
            _log.warning("%s ended and is started again in %.1f s: %s", kept.child.name, pause, kept.reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _run_once(self, kept: _Kept) -> None:
        try:
            await asyncio.to_thread(kept.child.prepare)
            # Here and not in a thread: the child would die with the thread that started it.
            kept.process = process = kept.child.start(kept.log)
        except Exception as problem:  # noqa: BLE001 - whatever keeps one child down must not end the others' supervision
            kept.reason = f"{type(problem).__name__}: {problem}"
            kept.failures += 1
            return
        self._changed()
        while not _has_ended(process):
            if not kept.ready.is_set() and await self._gets_ready(kept, process):
                kept.failures = 0
                kept.ready.set()
                self._changed()
            keep_short(kept.log)
            await asyncio.sleep(_LOOK_SECONDS)
        kept.failures += not kept.ready.is_set() and kept.condemned != process.pid
        kept.reason = _epitaph(process, kept.log)
        self._forget(kept)

    async def _gets_ready(self, kept: _Kept, process: subprocess.Popen[bytes]) -> bool:
        try:
            answered = await asyncio.to_thread(kept.child.ready, process.pid)
        except Exception as problem:  # noqa: BLE001 - as above; whoever waits for readiness gives up in time
            _log.warning("cannot tell whether %s is ready: %r", kept.child.name, problem)
            return False
        # The answer may be the last breath of a process that was killed or told to stop meanwhile.
        return answered and kept.condemned != process.pid and not kept.stopping and not _has_ended(process)

    def _forget(self, kept: _Kept) -> None:
        kept.ready.clear()
        kept.process = None
        self._changed()


def _epitaph(process: subprocess.Popen[bytes], log: Path) -> str:
    # Before the wait: once it is waited for, its id may be another's.
    _signal_group(process.pid)
    code = process.wait()
    if code == -signal.SIGKILL:
        return "signal SIGKILL"  # from outside: its own log has nothing to say about it
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return "\n".join([how, *last_lines(log)])


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):  # macOS
        return process.poll() is not None
    # Looks without burying: until then nobody else gets the id.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(leader: int) -> None:
    """End a process and whatever it started and left."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
