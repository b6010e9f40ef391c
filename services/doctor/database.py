"""Examines the database: reachable, migrated, protected, sequenced, relayed, with a policy and nothing left undone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import ValidationError

from domain.item.following import wait_until
from domain.rulebook.rulebook import Rulebook, UnknownVersionError
from domain.text import Text
from services.doctor.attestations import examine_attestations
from services.doctor.finding import Finding
from services.doctor.people import examine_people
from services.doctor.protection import protection_findings
from services.doctor.store import Evidence, Progress, examine_store
from services.handling.aggregates import ITEM, POLICY
from services.handling.rulebooks import DamagedRuleError, RulebookSource
from services.settings import DatabaseNotConfiguredError, Role, Settings
from services.store.health_queries import HealthQueries, Reader
from services.store.integrity import IntegrityQueries
from services.store.integrity_protection import weaknesses
from services.store.log_tree import LogTree
from services.store.migrate import current, head
from services.store.pools import open_pool
from services.store.projections import SUBSCRIPTION as FACTS
from services.store.words import SUBSCRIPTION as WORDS

_PATIENCE = timedelta(seconds=10)
_CONNECT_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 2.0
_LOOKED_AT = 1_000
_LEAST_SPARE = 100_000
_RELAY = "relay"  # and one for each shard
_ALARMING_OVERDUE = timedelta(minutes=2)
_OUTAGES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_AFTER_TAMPERING = Text(
    zh="先运行 duban doctor --deep 查明是否被改动；事件完好时运行 duban rebuild",
    en="find out with duban doctor --deep whether they were changed; where the events are sound, run: duban rebuild",
)
_RUN_MIGRATE = Text(zh="运行：duban migrate", en="run: duban migrate")


async def examine_database(
    settings: Settings, *, deep: bool = False, progress: Progress = lambda _done, _all: None
) -> AsyncIterator[Finding]:
    """Every finding that needs the database; stops where the next would make no sense. ``deep``: every row there is."""
    try:
        dsn = _dsn(settings)
        async with asyncio.timeout(_CONNECT_SECONDS):
            pool = await open_pool(dsn, max_size=1)
    except (*_OUTAGES, DatabaseNotConfiguredError) as problem:
        yield _unreachable(settings, problem)
        return
    try:
        yield Finding.well("database", "数据库可连接", "the database answers")
        version = await current(dsn)
        if version != head():
            yield Finding.wrong(
                "schema_not_current",
                f"数据库结构版本 {version or '无'}，程序需要 {head()}",
                f"the schema is at {version or 'nothing'}, the program wants {head()}",
                mend=_RUN_MIGRATE,
            )
            return
        yield Finding.well("schema", f"数据库结构最新（{head()}）", "the schema is current")
        rules = await _rules(pool)
        async with pool.acquire() as connection:
            queries = HealthQueries(connection)
            async for finding in _evidence(connection, queries, _migrator(settings)):
                yield finding
            evidence = Evidence.of(settings, everything=deep)
            async for finding in examine_store(connection, dsn, evidence, deep=deep, progress=progress):
                yield finding
            now = await IntegrityQueries(connection).now()
            async for finding in examine_attestations(LogTree(connection), settings, now):
                yield finding
            async for finding in _flow(queries):
                yield finding
            async for finding in _content(queries, rules):
                yield finding
        async for finding in examine_people(settings, deep=deep):
            yield finding
    except _OUTAGES as problem:
        yield _unreachable(settings, problem)
    finally:
        pool.terminate()


async def _rules(pool: asyncpg.Pool) -> Rulebook | DamagedRuleError:
    """The rulebook, or which part of it cannot be read: everything else is examined all the same."""
    try:
        return await RulebookSource(pool).current()
    except DamagedRuleError as damaged:
        return damaged


def _dsn(settings: Settings) -> str:
    """The auditor's address, which can only read; where none is set, the application's."""
    try:
        return settings.dsn(Role.AUDITOR)
    except DatabaseNotConfiguredError:
        return settings.dsn(Role.APP)


def _migrator(settings: Settings) -> str | None:
    """Who migrates, by the owner's address where this process has it."""
    try:
        return urlsplit(settings.dsn(Role.OWNER)).username
    except DatabaseNotConfiguredError:
        return None


def _unreachable(settings: Settings, problem: Exception) -> Finding:
    logs = settings.layout.logs / "postgres.log"
    mend = (
        Text(zh=f"查看 {logs}；或重新运行 duban up", en=f"look into {logs}, or run duban up again")
        if settings.embeds_postgres
        else Text(zh="检查 DUBAN_DATABASE_* 地址与数据库服务", en="check the DUBAN_DATABASE_* addresses and the server")
    )
    reason = f"{type(problem).__name__}: {problem}"
    return Finding.wrong("database_unreachable", "数据库连不上", f"the database does not answer ({reason})", mend=mend)


async def _evidence(
    connection: asyncpg.Connection | PoolConnectionProxy, queries: HealthQueries, migrator: str | None
) -> AsyncIterator[Finding]:
    if missing := await queries.missing_roles():
        names = ", ".join(missing)
        yield Finding.wrong(
            "roles_missing", f"缺少数据库角色：{names}", f"roles are missing: {names}", mend=_RUN_MIGRATE
        )
        return
    for finding in protection_findings(await weaknesses(connection, migrator)):
        yield finding
    if await queries.spare_numbers() < _LEAST_SPARE:
        yield Finding.wrong("partitions_short", "事件分区即将用完", "event partitions run short", mend=_RUN_MIGRATE)


async def _flow(queries: HealthQueries) -> AsyncIterator[Finding]:
    waiting = await queries.unsequenced(_PATIENCE)
    size = await queries.log_size()
    if waiting:
        yield Finding.wrong(
            "sequencer_behind",
            f"{waiting} 条事件等待定序超过 {_PATIENCE.seconds} 秒",
            f"{waiting} events have waited for the sequencer for more than {_PATIENCE.seconds} seconds",
            mend=Text(zh="确认 duban sequencer 在运行", en="see that duban sequencer runs"),
        )
    else:
        yield Finding.well("sequencer", f"日志共 {size:,} 条，无积压", "the log is complete")
    for finding in await _readers(queries, size):
        yield finding


async def _readers(queries: HealthQueries, size: int) -> list[Finding]:
    """Look twice where one is late: being far behind and moving is no fault."""
    readers, now = await queries.readers(), datetime.now(UTC)
    late = {each.name for each in readers if each.waiting_since and now - each.waiting_since > _PATIENCE}
    if late:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    moved = {each.name: each.position for each in await queries.readers()} if late else {}
    return [
        finding_of_reader(each, moved.get(each.name, each.position), size, late=each.name in late) for each in readers
    ]


def finding_of_reader(reader: Reader, position: int, size: int, *, late: bool) -> Finding:
    """What to say of a reader that has come to a position a moment after it was first looked at."""
    name, behind = reader.name, size - 1 - position
    if behind < 0:
        return Finding.wrong(
            "reader_ahead",
            f"{name} 的位置 {position} 超出日志（{size} 条）",
            f"{name} is at {position}, beyond the log of {size} entries: whatever comes next is passed over",
            mend=Text(
                zh="恢复了旧备份，或有人改了位置：先查明原因，再把 es.subscription 中的位置改回已处理之处",
                en="an older backup was restored, or somebody changed it: find out which, then set its position in"
                " es.subscription back to what was dealt with",
            ),
        )
    if not late:
        return Finding.well("reader", f"{name} 已读到 {position}", "keeps up with the log")
    if position > reader.position:
        return Finding.note(
            "reader_catching_up",
            f"{name} 正在赶上，还差 {behind} 条",
            f"{name} is catching up, {behind} entries to go",
            mend=Text(zh="稍候再查，数字应逐次变小", en="look again soon: the number should get smaller"),
        )
    if name.startswith(_RELAY):
        mend = Text(zh="确认 duban relay 与流程引擎在运行", en="see that duban relay runs and Temporal answers")
    else:
        process = "projector" if name in {FACTS, WORDS} else name  # all others are named as their process
        mend = Text(zh=f"确认 duban {process} 在运行", en=f"see that duban {process} runs")
    return Finding.wrong("reader_behind", f"{name} 落后 {behind} 条", f"{name} is {behind} entries behind", mend=mend)


async def _content(queries: HealthQueries, rules: Rulebook | DamagedRuleError) -> AsyncIterator[Finding]:
    kinds = await queries.streams_by_kind()
    if not kinds.get(POLICY.kind):
        yield Finding.note(
            "no_policy",
            "尚未发布督办办法，问题事件会被拒收",
            "no policy is published yet; issue events are refused",
            mend=Text(zh="载入城市文件：duban load FILE", en="load a city file: duban load FILE"),
        )
    else:
        yield Finding.well("policy", "督办办法已发布", "a policy is in force")
    if isinstance(rules, DamagedRuleError):
        what, place = rules.kind, str(rules.stream_id)
        damaged = Finding.wrong(
            "rulebook_unreadable",
            f"规则、单位、区域或活动的当前状态无法读取：{what}，各项业务因此停办",
            f"the current state of a part of the rulebook cannot be read: {what}; nothing can be done meanwhile",
            mend=_AFTER_TAMPERING,
        )
        yield replace(damaged, places=(place,))
        return
    overdue, unreadable = await _overdue(queries, rules)
    if unreadable:
        yield Finding.wrong(
            "states_unreadable",
            f"{unreadable} 件事项的当前状态无法读取",
            f"the current states of {unreadable} items cannot be read",
            mend=_AFTER_TAMPERING,
        )
    if overdue:
        yield Finding.wrong(
            "follow_ups_missed",
            f"{overdue} 件事项到期未跟进",
            f"for {overdue} items something fell due and nothing followed",
            mend=Text(
                zh="确认 duban worker 在运行；流程数据丢失时运行 duban rearm",
                en="see that duban worker runs; where Temporal lost its data, run duban rearm",
            ),
        )
    else:
        yield Finding.well("follow_ups", f"事项 {kinds.get(ITEM.kind, 0):,} 件，到期均已跟进", "nothing due is left")


async def _overdue(queries: HealthQueries, rules: Rulebook) -> tuple[int, int]:
    """How many items are missed, and how many nobody can tell of, since their states cannot be read."""
    before = datetime.now(UTC) - _ALARMING_OVERDUE
    found = await queries.overdue_items(before, _LOOKED_AT)
    missed = await asyncio.to_thread(lambda: [_is_missed(state, before, rules) for _, state in found])
    return missed.count(True), missed.count(None)


def _is_missed(state: bytes, before: datetime, rules: Rulebook) -> bool | None:
    """Whether something should have followed by then: a rung that came late waits for the next working hour."""
    try:
        due = wait_until(ITEM.states.validate_json(state), before, rules)
    except (ValidationError, UnknownVersionError):
        return None
    return due is not None and due.at <= before
