"""Examines whether the log is what was signed: the newest entries and checkpoints quickly, or every row there is."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.text import Text
from services.doctor.attested import check_attested
from services.doctor.damage import Damage, Fault, Place
from services.doctor.entries import Followed, Rows
from services.doctor.finding import Finding
from services.doctor.parts import parts
from services.doctor.states import examine_states
from services.doctor.tree import Nodes, Roots, Signed, signed_in_database, signed_outside
from services.handling.numbering import NUMBERED_EVENTS
from services.notary.outside import OutsideCheckpoints
from services.settings import Settings
from services.store.integrity import IntegrityQueries
from services.store.integrity_beside import BesideQueries
from services.store.log_tree import LogTree, TreeDamagedError
from services.store.series import series_faults
from services.transparency import merkle
from services.transparency.keys import KeyFolder
from services.transparency.note import NoteError, Verifier
from services.transparency.recorded import RecordedTimes

NEWEST = 1_000  # positions that every examination looks at
_PATIENCE = timedelta(minutes=1)
_APART = timedelta(seconds=5)
_MOST = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the log is held against: keys and notes from outside, and the keys that the database itself names."""

    verifiers: Sequence[Verifier]
    notes: Sequence[str]
    time_stamped: Sequence[int] = ()
    just_kept: bool = False  # the newest outside may be on its way into the database

    @classmethod
    def of(cls, settings: Settings, *, everything: bool) -> "Evidence":
        """Read what there is outside: all checkpoints, or the newest alone."""
        outside = OutsideCheckpoints(settings.checkpoints)
        newest = outside.newest()
        notes = outside.all() if everything else [] if newest is None else [newest]
        kept_at = outside.newest_kept_at()
        just_kept = kept_at is not None and datetime.now(UTC) - kept_at < _PATIENCE
        return cls(KeyFolder(settings.log_keys).verifiers(), notes, outside.time_stamped(), just_kept)


async def examine_store(
    connection: asyncpg.Connection | PoolConnectionProxy,
    dsn: str,
    evidence: Evidence,
    *,
    deep: bool,
    progress: Progress = lambda _done, _all: None,
) -> AsyncIterator[Finding]:
    """Every finding about the content of the log, as any role that reads events."""
    queries, damage = IntegrityQueries(connection), Damage()
    verifiers = await _keys(LogTree(connection), evidence, damage)
    sizes = await queries.sizes()
    if sizes.log != sizes.sequencer:
        for position, seq in await queries.surplus(sizes.sequencer, _MOST):
            damage.found(Fault.POSITION_NOT_GIVEN, Place(position, detail=f"seq {seq}"))
    if deep:
        await _everything(connection, dsn, replace(evidence, verifiers=verifiers), damage, progress)
        await _numbers(connection, damage)
        async for found in examine_states(dsn, sizes.sequencer):
            damage.add(found)
    else:
        await _newest(queries, LogTree(connection), replace(evidence, verifiers=verifiers), damage)
    for finding in damage.findings():
        yield finding
    if not damage.counts:
        zh, en = ("全部", "every entry") if deep else (f"最新 {NEWEST} 条", f"the newest {NEWEST} entries")
        yield Finding.well("log_as_signed", f"日志与签证一致（已查{zh}）", f"the log is as it was signed ({en})")
    if sizes.sequencer and not evidence.notes:
        yield Finding.note(
            "no_checkpoints_outside",
            "没有库外留存的检查点可比对，旧备份的恢复无从发现",
            "no checkpoints kept outside are at hand: a restored older backup would not be noticed",
            mend=Text(
                zh="在有检查点目录的机器上运行，或设置 DUBAN_CHECKPOINTS_DIR",
                en="run this where the folder of checkpoints is, or set DUBAN_CHECKPOINTS_DIR",
            ),
        )
    if apart := _apart(await queries.now()):
        yield apart
    since = await queries.sequenced_at(sizes.signed)
    if since is not None and datetime.now(UTC) - since > _PATIENCE:
        yield Finding.wrong(
            "notary_behind",
            f"日志自 {sizes.signed} 条起未签证",
            f"the log was not signed beyond {sizes.signed} entries",
            mend=Text(
                zh="确认 duban notary 在运行；若其日志称日志被改动，先查明原因",
                en="see that duban notary runs; where it says that the log was altered, find out why first",
            ),
        )


def _apart(database: datetime) -> Finding | None:
    """Events are recorded by the clock of the process that appends them, and waited for by that of the database."""
    apart = abs(datetime.now(UTC) - database)
    if apart <= _APART:
        return None
    return Finding.wrong(
        "clocks_differ",
        f"本机与数据库时钟相差 {apart.total_seconds():.0f} 秒",
        f"the clocks of this machine and of the database are {apart.total_seconds():.0f} seconds apart",
        mend=Text(zh="在所有机器上启用时间同步（NTP）", en="keep the time of all machines by NTP"),
    )


async def _keys(tree: LogTree, evidence: Evidence, damage: Damage) -> Sequence[Verifier]:
    """The keys to believe: those of the folder; only where that is not at hand those that the database names."""
    named: list[Verifier] = []
    for vkey in await tree.keys():
        try:
            named.append(Verifier.parse(vkey))
        except NoteError:
            damage.found(Fault.KEY_UNKNOWN, Place(detail=vkey))
    if not evidence.verifiers:
        return named
    for verifier in named:
        if verifier not in evidence.verifiers:
            damage.found(Fault.KEY_UNKNOWN, Place(detail=str(verifier)))
    return evidence.verifiers


async def _newest(queries: IntegrityQueries, tree: LogTree, evidence: Evidence, damage: Damage) -> None:
    """The newest entries, and the newest checkpoints against the tree as it is kept."""
    size = (await queries.sizes()).sequencer
    start, rows = max(0, size - NEWEST), Rows()
    rows.check(await queries.rows(start, size), start, size)
    damage.add(rows.damage)
    _in_time(rows.versions, RecordedTimes((), await queries.now()), damage)
    signed = signed_outside(evidence.notes, evidence.verifiers, damage)
    kept = await tree.newest_checkpoint()
    for each in signed:
        if (kept is None or kept.size < each.size) and each.size <= size and not evidence.just_kept:
            damage.found(Fault.CHECKPOINT_MISSING, Place(detail=f"size {each.size}"))
    if kept is not None:
        signed += signed_in_database([(kept.size, kept.root, kept.note)], evidence.verifiers, damage)
    for each in signed:
        await _compare(tree, each, size, damage)


async def _compare(tree: LogTree, signed: Signed, size: int, damage: Damage) -> None:
    if signed.size > size:
        place = Place(size, last=signed.size - 1, detail=f"size {signed.size}")
        damage.found(Fault.LOG_SHORTER_THAN_SIGNED, place)
        return
    try:
        root = merkle.root(signed.size, await tree.reader([(0, signed.size)]))
    except TreeDamagedError as damaged:
        detail = f"checkpoint {signed.size}: {damaged}; duban doctor --deep"
        damage.found(Fault.TREE_DAMAGED, Place(0, last=signed.size - 1, detail=detail))
        return
    if root != signed.root:
        damage.found(
            signed.fault, Place(0, last=signed.size - 1, detail=f"checkpoint {signed.size}; duban doctor --deep")
        )


async def _everything(
    connection: asyncpg.Connection | PoolConnectionProxy,
    dsn: str,
    evidence: Evidence,
    damage: Damage,
    progress: Progress,
) -> None:
    """Every row of the log and of what must agree with it."""
    queries = IntegrityQueries(connection)
    kept = await queries.checkpoints()
    # After the checkpoints, so that none is over more than this.
    sizes = await queries.sizes()
    signed = signed_in_database(kept, evidence.verifiers, damage)
    outside = signed_outside(evidence.notes, evidence.verifiers, damage)
    known = {size for size, _, _ in kept}
    newest = max((each.size for each in outside), default=0)
    for each in outside:
        if each.size not in known and each.size <= sizes.sequencer and not (each.size == newest and evidence.just_kept):
            damage.found(Fault.CHECKPOINT_MISSING, Place(detail=f"size {each.size}"))
    seen = await check_attested(queries, evidence.notes, evidence.time_stamped, damage)
    times = RecordedTimes(seen, await queries.now())
    roots, nodes = Roots([*signed, *outside], sizes.sequencer, damage), Nodes(damage)
    named: dict[str, Place] = {}
    versions: dict[str, int] = {}
    async for part in parts(dsn, sizes.sequencer):
        damage.add(part.damage)
        roots.extend(part.start, part.hashes)
        nodes.extend(part.nodes)
        named = part.documents | named
        _follow(part.versions, versions, damage)
        _in_time(part.versions, times, damage)
        progress(part.start + len(part.hashes), sizes.sequencer)
    level = 1
    while await nodes.compare(level, queries.nodes(level), sizes.signed):
        level += 1
    for seq in await BesideQueries(connection).stray_words(_MOST):
        damage.found(Fault.WORDS_DIFFER, Place(detail=f"seq {seq}"))
    await _streams(queries, damage)
    await _documents(queries, named, damage)


def _in_time(versions: list[Followed], times: RecordedTimes, damage: Damage) -> None:
    """In the order of the log, nothing is older than it can be."""
    for position, stream, version, recorded in versions:
        if wrong := times.wrong_with(position, recorded):
            damage.found(Fault.RECORDED_OUT_OF_TIME, Place(position, UUID(stream), version, wrong))


def _follow(versions: list[Followed], newest: dict[str, int], damage: Damage) -> None:
    """In the order of the log, a stream's versions follow on each other."""
    for position, stream, version, _ in versions:
        before = newest.get(stream, 0)
        if version != before + 1:
            fault = Fault.VERSION_HOLE if version > before else Fault.VERSIONS_OUT_OF_ORDER
            damage.found(fault, Place(position, UUID(stream), version, f"after version {before}"))
        newest[stream] = version


async def _streams(queries: IntegrityQueries, damage: Damage) -> None:
    await queries.take_room()
    for unplaced in await queries.unplaced(_PATIENCE, _MOST):
        place = Place(None, unplaced.stream_id, unplaced.version, f"seq {unplaced.seq}, {unplaced.type}")
        damage.found(Fault.EVENT_NOT_IN_LOG, place)
    for each in await queries.stream_faults(_MOST):
        detail = f"events {each.events}, counter {each.stream}, state {each.state}"
        damage.found(Fault.STREAM_DIFFERS, Place(None, each.stream_id, each.events, detail))


async def _numbers(connection: asyncpg.Connection | PoolConnectionProxy, damage: Damage) -> None:
    try:
        faults = await series_faults(connection, NUMBERED_EVENTS)
    except asyncpg.DataError as unreadable:  # an event that is no JSON any more: where it is, its hash tells
        damage.found(Fault.NUMBERS_DIFFER, Place(detail=str(unreadable)))
        return
    for each in faults:
        detail = f"counter {each.counted}, last {each.last}, missing {each.missing}, twice {each.twice}"
        damage.found(Fault.NUMBERS_DIFFER, Place(detail=f"{each.series} {each.year}: {detail}"))


async def _documents(queries: IntegrityQueries, named: dict[str, Place], damage: Damage) -> None:
    kept = await queries.documents()
    for sha256, intact in kept.items():
        if not intact:
            damage.found(Fault.DOCUMENT_CHANGED, named.get(sha256, Place(detail=sha256)))
    for sha256, place in named.items():
        if sha256 not in kept:
            damage.found(Fault.DOCUMENT_MISSING, place)
