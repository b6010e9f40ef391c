"""Copies of the database that a run fails over to: one streamed to the last byte, one restored from a dump."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.embedded.account import postgres_account
from services.embedded.layout import SOCKET_PORT
from services.embedded.postgres import NEWEST_MAJOR, SUPERUSER, installed_folder
from tests.faults.database import Cluster

_RECEIVER = "duban_copy"
_TOOL_SECONDS = 90.0
_SYNCHRONOUS_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_SYNCHRONOUS = "SELECT sync_state = 'sync' FROM pg_stat_replication WHERE application_name = 'duban_copy'"


class ToolFailedError(RuntimeError):
    """A program of PostgreSQL's ended with an error; carries what it said."""


@dataclass
class StreamedCopy:
    """A base backup, and every byte of the log that was written since, received before a commit is acknowledged."""

    primary: Cluster
    copy: Cluster
    archive: Path
    receiver: asyncio.subprocess.Process

    @classmethod
    async def begin(cls, primary: Cluster, copy: Cluster) -> "StreamedCopy":
        """Take the base backup, stream the log, and let commits wait for it from now on."""
        archive = copy.layout.root / "archive"
        archive.mkdir(mode=0o755, parents=True)
        slot = copy.layout.root.name.replace("-", "_")
        await _execute(primary, f"SELECT pg_create_physical_replication_slot('{slot}', true)")
        receiver = await _program(
            "pg_receivewal",
            *("--directory", str(archive), "--slot", slot, "--synchronous"),
            *("--dbname", _conninfo(primary, application_name=_RECEIVER)),
        )
        begun = cls(primary, copy, archive, receiver)
        try:
            await _run(
                "pg_basebackup",
                *("--pgdata", str(copy.layout.postgres), "--wal-method", "none", "--checkpoint", "fast"),
                *("--dbname", _conninfo(primary)),
            )
            await _execute(primary, f"ALTER SYSTEM SET synchronous_standby_names = '{_RECEIVER}'")
            await _execute(primary, "SELECT pg_reload_conf()")
            await begun._until_synchronous()
        except BaseException:
            await begun.abandon()
            raise
        return begun

    async def take_over(self) -> None:
        """Let the primary crash and its disk be lost, and start the copy with everything that was acknowledged."""
        self.primary.hold_down()
        self.primary.crash()
        await self.primary.stop()
        await self._end_receiver()
        self.primary.lose()
        account = postgres_account()
        data = self.copy.layout.postgres
        (data / "recovery.signal").touch()
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            # What was being received when the primary died lies in a segment that is not complete.
            source = f'"{self.archive}/%f"'
            command = f'cp {source} "%p" 2>/dev/null || cp {source[:-1]}.partial" "%p" 2>/dev/null'
            settings.write(f"restore_command = '{command}'\nrecovery_target_timeline = 'latest'\n")
        if account is not None:
            for place, _, files in os.walk(self.copy.layout.root):
                os.chown(place, account.uid, account.gid)
                for file in files:
                    os.chown(Path(place) / file, account.uid, account.gid)
        await self.copy.start()
        shutil.rmtree(self.archive)

    async def abandon(self) -> None:
        """Let commits wait for nobody any more, and throw the copy away."""
        try:
            await _execute(self.primary, "ALTER SYSTEM RESET synchronous_standby_names")
            await _execute(self.primary, "SELECT pg_reload_conf()")
        finally:
            await self._end_receiver()
            shutil.rmtree(self.copy.layout.root, ignore_errors=True)

    async def _until_synchronous(self) -> None:
        async with asyncio.timeout(_SYNCHRONOUS_SECONDS):
            while not await _execute(self.primary, _SYNCHRONOUS):  # noqa: ASYNC110 - PostgreSQL sets no event of ours
                await asyncio.sleep(_LOOK_SECONDS)

    async def _end_receiver(self) -> None:
        if self.receiver.returncode is None:
            self.receiver.terminate()
            try:
                async with asyncio.timeout(_TOOL_SECONDS):
                    await self.receiver.wait()
            except TimeoutError:
                self.receiver.kill()
                await self.receiver.wait()


async def restore_from_dump(old: Cluster, new: Cluster, database: str) -> None:
    """Dump everything while nobody writes, and restore it into a new server, to which transaction ids mean nothing."""
    folder = new.layout.root / "dump"
    folder.mkdir()
    await _run("pg_dumpall", "--globals-only", "--no-role-passwords", "--file", str(folder / "globals.sql"), *_at(old))
    await _run("pg_dump", "--format", "custom", "--file", str(folder / "duban.dump"), *_at(old), database)
    await new.start()
    await asyncio.to_thread(new.server.create_database, database)
    # The new server has a superuser of that name already, which is the one complaint of this script.
    await _run("psql", "--quiet", "--no-psqlrc", "--file", str(folder / "globals.sql"), *_at(new), database)
    await _run("pg_restore", "--exit-on-error", "--dbname", database, *_at(new), str(folder / "duban.dump"))
    shutil.rmtree(folder)


def _at(cluster: Cluster) -> tuple[str, ...]:
    return ("--host", str(cluster.layout.socket_folder), "--port", str(SOCKET_PORT), "--username", SUPERUSER)


def _conninfo(cluster: Cluster, **more: str) -> str:
    parts = {"host": str(cluster.layout.socket_folder), "port": str(SOCKET_PORT), "user": SUPERUSER, **more}
    return " ".join(f"{name}={value}" for name, value in parts.items())


async def _execute(cluster: Cluster, statement: str) -> object:
    connection = await asyncpg.connect(cluster.addresses.superuser)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _program(name: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(installed_folder(NEWEST_MAJOR) / "bin" / name),
        *arguments,
        env={"LC_ALL": "C", "TZ": "UTC"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def _run(name: str, *arguments: str) -> None:
    process = await _program(name, *arguments)
    try:
        async with asyncio.timeout(_TOOL_SECONDS):
            _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise ToolFailedError(f"{name}: {said.decode(errors='replace')}")
