"""Chooses the account PostgreSQL runs under when we are root, which it refuses, and opens the way to its files."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from services.embedded.child import Account

_KNOWN = ("duban", "postgres", "pgserver")
_LAST_RESORT = "nobody"


def postgres_account() -> Account | None:
    """Return the account for PostgreSQL: None means our own; root gets one that owns nothing else."""
    if os.geteuid() != 0:
        return None
    for name in _KNOWN:
        if (account := _find(name)) is not None:
            return account
    useradd = shutil.which("useradd")
    if useradd is not None:
        # Two first starts at once may both try; the loser finds the winner's account.
        subprocess.run(  # noqa: S603 - fixed arguments
            [useradd, "--system", "--no-create-home", "--shell", "/bin/false", _KNOWN[0]],
            check=False,
            capture_output=True,
        )
    account = _find(_KNOWN[0]) or _find(_LAST_RESORT)
    if account is None:
        raise NoAccountForPostgresError
    return account


class NoAccountForPostgresError(RuntimeError):
    """Running as root without any ordinary account that PostgreSQL could run under."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL refuses to run as root, and no ordinary account could be found or created.")


def open_way(path: Path) -> list[Path]:
    """Let every account walk through (not list) the folders above `path`; return those that were changed."""
    changed: list[Path] = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            changed.append(folder)
    return changed


def open_tree(path: Path) -> None:
    """Make an installed tree readable to every account, in case it was installed under a strict umask."""
    if _is_open(path) and all(_is_open(entry) for entry in path.iterdir()):
        return
    for entry in (path, *path.rglob("*")):
        if entry.is_symlink():
            continue
        mode = stat.S_IMODE(entry.stat().st_mode)
        walk = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        entry.chmod(mode | stat.S_IROTH | walk)


def _is_open(path: Path) -> bool:
    mode = path.stat().st_mode
    return bool(mode & stat.S_IROTH) and (not path.is_dir() or bool(mode & stat.S_IXOTH))


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return None if entry.pw_uid == 0 else Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
