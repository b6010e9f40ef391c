"""Says where in the data folder each thing lies, so that every command finds a running stack without asking it."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# A unix socket's path may be 107 bytes long on Linux and 103 on macOS.
_LONGEST_SOCKET_PATH = 103
# Part of the socket's name; said everywhere, because the variable PGPORT would otherwise change it.
SOCKET_PORT = 5432
SOCKET_NAME = f".s.PGSQL.{SOCKET_PORT}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files of one embedded installation."""

    root: Path

    @classmethod
    def of(cls, data_dir: Path) -> "Layout":
        """Return the layout under `data_dir`, made absolute."""
        return cls(data_dir.expanduser().resolve())

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def temporal_database(self) -> Path:
        """The embedded Temporal server's SQLite file."""
        return self.root / "temporal" / "temporal.db"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.root / "logs"

    @property
    def ready(self) -> Path:
        """Where processes without a port announce that they are ready."""
        return self.root / "ready"

    @property
    def run_file(self) -> Path:
        """Ports and process ids of the running stack."""
        return self.root / "run.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor while it runs."""
        return self.root / "lock"

    @property
    def socket_folder(self) -> Path:
        """The private folder of PostgreSQL's socket: in the data folder, or a short one where that path is too long."""
        inside = self.root / "socket"
        if len(os.fsencode(inside / SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
            return inside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"duban-{os.geteuid()}-{name}"

    def dsn(self, user: str, database: str) -> str:
        """Return the address of a database on the embedded server, for asyncpg."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self.socket_folder))}&port={SOCKET_PORT}"
