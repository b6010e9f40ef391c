"""The supervisor: what dies comes back, what should stop stops, and nothing outlives its supervisor."""

import asyncio
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from services.embedded.child import Child
from services.embedded.lock import DataFolderInUseError, held
from services.embedded.log_file import keep_short, last_lines
from services.embedded.supervisor import ChildFailedError, Supervisor

FOREVER = ("-c", "import time; time.sleep(1000)")


def python(name: str, *arguments: str, **options) -> Child:
    return Child(name=name, command=(sys.executable, *arguments), **options)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def until(condition, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


@pytest.fixture
async def supervise(tmp_path):
    running: list[Supervisor] = []

    def start(*children: Child) -> Supervisor:
        running.append(Supervisor(children, tmp_path / "logs"))
        return running[-1]

    yield start
    for supervisor in running:
        await supervisor.stop()


async def test_a_killed_process_comes_back(supervise):
    supervisor = supervise(python("a", *FOREVER))
    await supervisor.start()
    killed = supervisor.kill("a")
    await supervisor.wait_ready("a")
    assert supervisor.pid("a") not in {killed, None}
    assert supervisor.restarts("a") == 1
    assert not is_running(killed)


async def test_a_process_that_ends_by_itself_comes_back(supervise, tmp_path):
    supervisor = supervise(python("a", "-c", "print('so long')", ready=lambda _: False))
    with pytest.raises(ChildFailedError):
        await supervisor.start()
    assert supervisor.restarts("a") >= 2
    assert "so long" in last_lines(tmp_path / "logs" / "a.log")


async def test_what_is_needed_is_ready_before_what_needs_it(supervise, tmp_path):
    ready = tmp_path / "ready"
    seen: list[bool] = []
    supervisor = supervise(
        python("second", *FOREVER, needs=("first",), prepare=lambda: seen.append(ready.exists())),
        python(
            "first", "-c", f"import time; open({str(ready)!r}, 'w'); time.sleep(1000)", ready=lambda _: ready.exists()
        ),
    )
    await supervisor.start()
    assert seen == [True]


async def test_what_is_stopped_stays_stopped_until_started(supervise):
    supervisor = supervise(python("a", *FOREVER), python("b", *FOREVER))
    await supervisor.start()
    await supervisor.stop("a")
    assert (supervisor.pid("a"), supervisor.is_ready("b")) == (None, True)
    await supervisor.start("a")
    assert supervisor.restarts("a") == 0


async def test_a_process_that_will_not_stop_is_killed_with_all_it_started(supervise, tmp_path):
    stubborn = textwrap.dedent(f"""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
        time.sleep(1000)
    """)
    supervisor = supervise(python("a", "-c", stubborn, grace_seconds=0.3))
    await supervisor.start()
    await until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text())
    await supervisor.stop()
    await until(lambda: not is_running(int((tmp_path / "child").read_text())))


async def test_a_failing_preparation_does_not_end_supervision(supervise):
    attempts: list[int] = []

    def prepare():
        attempts.append(1)
        if len(attempts) < 2:
            raise OSError

    supervisor = supervise(python("a", *FOREVER, prepare=prepare))
    await supervisor.start()
    assert len(attempts) == 2


async def test_a_readiness_check_that_fails_is_asked_again(supervise):
    answers = iter([ZeroDivisionError, False, True])

    def ready(_pid: int) -> bool:
        answer = next(answers)
        if not isinstance(answer, bool):
            raise answer
        return answer

    supervisor = supervise(python("a", *FOREVER, ready=ready))
    await supervisor.start()
    assert supervisor.restarts("a") == 0


async def test_a_deleted_log_folder_is_no_reason_to_give_up(supervise, tmp_path):
    supervisor = supervise(python("a", *FOREVER))
    await supervisor.start()
    shutil.rmtree(tmp_path / "logs")
    supervisor.kill("a")
    await supervisor.wait_ready("a")
    assert supervisor.restarts("a") == 1


async def test_nothing_outlives_a_killed_supervisor(tmp_path):
    script = textwrap.dedent(f"""
        import asyncio, sys
        from pathlib import Path
        from services.embedded.child import Child
        from services.embedded.supervisor import Supervisor
        async def main():
            child = Child(name="a", command=(sys.executable, "-c", "import time; time.sleep(1000)"))
            supervisor = Supervisor([child], Path({str(tmp_path)!r}))
            await supervisor.start()
            print(supervisor.pid("a"), flush=True)
            await asyncio.sleep(1000)
        asyncio.run(main())
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:  # noqa: ASYNC220, S603
        child = int(process.stdout.readline())
        assert is_running(child)
        process.kill()
    await until(lambda: not is_running(child))


def test_one_folder_has_one_supervisor(tmp_path):
    with held(tmp_path / "lock"), pytest.raises(DataFolderInUseError) as refused, held(tmp_path / "lock"):
        pass
    assert refused.value.holder == str(os.getpid())
    with held(tmp_path / "lock"):
        pass


def test_a_long_log_is_cut_while_its_writer_holds_it_open(tmp_path):
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 100)
        keep_short(log, longest_bytes=100)
        writer.write(b"new\n")
    assert (log.read_bytes(), (tmp_path / "a.log.1").stat().st_size) == (b"new\n", 400)


def test_a_child_whose_parent_died_before_it_began_does_not_begin(tmp_path):
    argv = python("a", "-c", f"open({str(tmp_path / 'began')!r}, 'w')").argv()
    argv[argv.index("--parent") + 1] = "1" if os.getppid() != 1 else "2"
    assert subprocess.run(argv, check=False).returncode == 1  # noqa: S603
    assert not (tmp_path / "began").exists()
