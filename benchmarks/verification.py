"""Checks of a log: the export, `duban verify` of it, and the doctor's look at every row; times are by million events.

Nothing stands beside: none of the alternatives can prove of an event that it is what was written.
"""

import asyncio
import os
import shutil
import time
from pathlib import Path

import asyncpg

from benchmarks.measurement import Measurement
from benchmarks.signed_log import fill
from benchmarks.workplace import Workplace
from services.auditing.export import export_log
from services.auditing.sources import Folder
from services.auditing.trust import Trust
from services.auditing.verification import Verification
from services.doctor.store import Evidence, examine_store
from services.notary.outside import OutsideCheckpoints
from services.settings import Role
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency.keys import KeyFolder

EVENTS = int(os.environ.get("BENCH_EVENTS", "300000"))
PROMISE_SECONDS = 60.0
# The log is filled with events of no real type: hashed and compared as others are, but nothing folds them.
_FILLED = "events_unreadable"


def run(place: Workplace) -> Measurement:
    """Export, verification and the doctor's deep look, one after the other, each over everything."""
    fill(place, EVENTS)
    folder = place.settings.data_dir / "export"
    exported, size = _timed(lambda: asyncio.run(_export(place, folder)))
    verified, report = _timed(lambda: _verify(place, folder))
    assert report.sound, report.findings
    assert report.entries == report.payloads == size
    hashes, without = _timed(lambda: _verify(place, folder, with_payloads=False))
    assert without.sound
    shutil.rmtree(folder)
    examined, wrong = _timed(lambda: asyncio.run(_examine(place)))
    assert not wrong, wrong
    slowest = max(verified, examined)
    return Measurement(
        name=f"full check of {size:,} events",
        measured=verified,
        compared_with=PROMISE_SECONDS,
        unit="s",
        comparison="the promise for duban verify",
        ratio=slowest / PROMISE_SECONDS * 1_000_000 / size,
        target="< 1 for both, by million",
        reached=slowest * 1_000_000 / size < PROMISE_SECONDS,
        details={
            "events": size,
            "export_seconds": exported,
            "verify_seconds": verified,
            "verify_without_payloads_seconds": hashes,
            "doctor_deep_seconds": examined,
        },
    )


async def _export(place: Workplace, folder: Path) -> int:
    connection = await asyncpg.connect(place.settings.dsn(Role.AUDITOR))
    try:
        await prepare(connection)
        return await export_log(LogTree(connection), folder)
    finally:
        await connection.close()


def _verify(place: Workplace, folder: Path, *, with_payloads: bool = True):
    known = [note.encode() for note in OutsideCheckpoints(place.settings.checkpoints).all()]
    trust = Trust(KeyFolder(place.settings.log_keys).verifiers())
    return Verification(Folder(folder), trust, with_payloads=with_payloads, known=known).run()


async def _examine(place: Workplace) -> list[str]:
    dsn = place.settings.dsn(Role.AUDITOR)
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        evidence = Evidence.of(place.settings, everything=True)
        found = [finding async for finding in examine_store(connection, dsn, evidence, deep=True)]
        return [
            f"{finding.code} {finding.places}"
            for finding in found
            if finding.mend is not None and finding.code != _FILLED
        ]
    finally:
        await connection.close()


def _timed(action):
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result
