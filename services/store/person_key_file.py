"""Keeps people's keys in a folder: wrapped in one SQLite file, the master key that wraps them in a file beside it."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from services.store.person_keys import Master, PeopleKeysError, WrappedKey

_FILE = "people.sqlite"
_MASTER = ".master"
_MASTER_BYTES = 32
_BUSY_SECONDS = 20.0
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS person_key (
      key_id BLOB PRIMARY KEY, master_id TEXT NOT NULL, wrapped BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS master_in_force (one INTEGER PRIMARY KEY CHECK (one = 1), master_id TEXT NOT NULL);"""
# A commit is on disk, its journal's disappearance too; what is deleted is overwritten with zeros.
_PRAGMAS = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON;"
_BEGIN = "BEGIN IMMEDIATE"
_IN_FORCE = "SELECT master_id FROM master_in_force"
_PUT_IN_FORCE = "INSERT OR REPLACE INTO master_in_force (one, master_id) VALUES (1, ?)"
_USED = "SELECT DISTINCT master_id FROM person_key"
_ADD = "INSERT OR IGNORE INTO person_key (key_id, master_id, wrapped) VALUES (?, ?, ?)"
_READ = "SELECT key_id, master_id, wrapped FROM person_key WHERE key_id = ?"
_DELETE = "DELETE FROM person_key WHERE key_id = ?"
_OTHERS = """
    SELECT key_id, master_id, wrapped FROM person_key
     WHERE master_id <> ? AND key_id > ? ORDER BY key_id LIMIT ?"""
_REWRAP = "UPDATE person_key SET master_id = ?, wrapped = ? WHERE key_id = ?"

T = TypeVar("T")


class KeyFile:
    """The keys in a folder. A connection for each call, in a thread: nothing is held, and other processes may write.

    Nothing is written before there is something to keep, so a missing folder reads as an empty one. Raises
    PeopleKeysError where the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def in_force(self) -> Master | None:
        """The master key that new keys are wrapped by; None in a new store."""
        return await self._reading(self._in_force, None)

    async def masters(self) -> Mapping[str, bytes]:
        """Every master key there is, by id."""
        return await asyncio.to_thread(self._masters)

    async def put_in_force(self, master_id: str, key: bytes, instead_of: str | None) -> bool:
        """Add a master key and put it in force; False where another than the one named is in force by now."""

        def put(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_IN_FORCE).fetchone()
            if (row[0] if row else None) != instead_of:
                return False
            # On disk before it is named: killed in between, it is a key that wraps nothing.
            _write(self._folder / f"{master_id}{_MASTER}", key)
            connection.execute(_PUT_IN_FORCE, (master_id,))
            return True

        return await self._writing(put)

    async def drop_masters(self) -> int:
        """Destroy the master keys that wrap nothing and are not in force; how many."""

        def drop(connection: sqlite3.Connection) -> int:
            needed = {row[0] for query in (_IN_FORCE, _USED) for row in connection.execute(query)}
            idle = [file for file in self._folder.glob(f"*{_MASTER}") if file.stem not in needed]
            for file in idle:
                _destroy(file)
            return len(idle)

        return await self._writing(drop)

    async def add(self, keys: Sequence[WrappedKey]) -> bool:
        """Add keys wrapped by one master; False where it is no longer in force. A key that is there stays."""

        def insert(connection: sqlite3.Connection) -> bool:
            if not _wrapped_by_master_in_force(connection, keys):
                return False
            connection.executemany(_ADD, [(key.key_id, key.master_id, key.wrapped) for key in keys])
            return True

        return await self._writing(insert)

    async def read(self, key_ids: Sequence[bytes]) -> list[WrappedKey]:
        """The keys that exist among these."""

        def read(connection: sqlite3.Connection) -> list[WrappedKey]:
            rows = (connection.execute(_READ, (key_id,)).fetchone() for key_id in key_ids)
            return [WrappedKey(*row) for row in rows if row]

        return await self._reading(read, [])

    async def delete(self, key_ids: Sequence[bytes]) -> None:
        """Destroy keys, whether they exist or not."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.executemany(_DELETE, [(key_id,) for key_id in key_ids])

        if (self._folder / _FILE).exists():
            await self._writing(delete)

    async def wrapped_by_others(self, master_id: str, after: bytes, limit: int) -> list[WrappedKey]:
        """Keys that another master wraps, in the order of their ids."""

        def read(connection: sqlite3.Connection) -> list[WrappedKey]:
            return [WrappedKey(*row) for row in connection.execute(_OTHERS, (master_id, after, limit))]

        return await self._reading(read, [])

    async def rewrap(self, keys: Sequence[WrappedKey]) -> bool:
        """Replace how keys are wrapped, by one master; False where it is no longer in force."""

        def rewrap(connection: sqlite3.Connection) -> bool:
            if not _wrapped_by_master_in_force(connection, keys):
                return False
            connection.executemany(_REWRAP, [(key.master_id, key.wrapped, key.key_id) for key in keys])
            return True

        return await self._writing(rewrap)

    async def close(self) -> None:
        """Nothing is held."""

    async def _reading(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        def run() -> T:
            if not (self._folder / _FILE).exists():
                return nothing
            with self._open() as connection:
                return work(connection)

        return await asyncio.to_thread(run)

    async def _writing(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def run() -> T:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._open() as connection:
                connection.executescript(_PRAGMAS)
                connection.execute(_BEGIN)
                done = work(connection)
                connection.execute("COMMIT")
                return done

        return await asyncio.to_thread(run)

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        file = self._folder / _FILE
        try:
            if not file.exists():
                _create(file)
            _require_private(file)
            with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise PeopleKeysError("people_keys_unusable", f"{file}: {error}") from error

    def _in_force(self, connection: sqlite3.Connection) -> Master | None:
        row = connection.execute(_IN_FORCE).fetchone()
        return None if row is None else Master(row[0], self._masters().get(row[0]))

    def _masters(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for file in self._folder.glob(f"*{_MASTER}"):
            _require_private(file)
            try:
                found[file.stem] = bytes.fromhex(file.read_text("ascii").strip())
            except ValueError:
                continue  # damaged, and as good as lost
            except FileNotFoundError:
                continue  # dropped at this moment
        return {name: key for name, key in found.items() if len(key) == _MASTER_BYTES}


def _wrapped_by_master_in_force(connection: sqlite3.Connection, keys: Sequence[WrappedKey]) -> bool:
    row = connection.execute(_IN_FORCE).fetchone()
    return row is not None and all(key.master_id == row[0] for key in keys)


def _create(file: Path) -> None:
    """Make the file with its tables under another name first: nobody ever opens half of it."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            connection.executescript(_PRAGMAS + _SCHEMA)
        os.link(unfinished, file)
    except FileExistsError:
        pass  # another process was faster
    finally:
        unfinished.unlink()
    _sync_folder(file.parent)


def _write(file: Path, key: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(f"{key.hex()}\n")
        stream.flush()
        os.fsync(stream.fileno())
    _sync_folder(file.parent)


def _destroy(file: Path) -> None:
    """Overwrite, then remove: on most file systems nothing of it is left where it lay."""
    with file.open("r+b") as stream:
        stream.write(bytes(file.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    file.unlink()
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(file: Path) -> None:
    try:
        if file.stat().st_mode & 0o077:
            raise PeopleKeysError("people_keys_readable_by_others", str(file))
    except FileNotFoundError:
        return
