"""Commands that mend: migrate, rebuild the current states, re-arm the workflows."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.servers import servers_running
from services.cli.traced import traced, trail_of
from services.handling.folding import fold, normal
from services.handling.numbering import NUMBERED_EVENTS
from services.privacy.upkeep import seal_and_drop
from services.settings import Role, Settings
from services.store.migrate import current, head, migrate
from services.store.projections import rebuild_facts
from services.store.rebuild import Rebuilt, count_events, rebuild_current_states
from services.store.series import rebuild_series
from services.store.words import rebuild_words

_SHOWN = 20


def progress_bar(console: Console) -> Progress:
    """The progress bar of all long commands."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


async def migrate_database(settings: Settings) -> None:
    """Upgrade the schema; says from where to where."""
    console = Console()
    dsn = settings.dsn(Role.OWNER)
    async with servers_running(settings):
        before = await current(dsn)
        await migrate(dsn)
        sealed = await seal_and_drop(settings)
        # Afterwards alone: before, there may be nothing to write into.
        async with trail_of(settings, "migrate") as trail:
            await trail.ended()
    console.print(f"数据库结构  schema: {before or '—'} → {head()}")
    if sealed:
        console.print(f"已加密 {sealed} 人的个人信息  sealed the personal data of {sealed} people")


async def rebuild_states(settings: Settings, *, check: bool) -> int:
    """Fold every stream again, every item into its facts, and count the numbers given; returns the exit code.

    That is 1 where `check` found differences, or where a stream or a series of numbers does not add up.
    """
    console = Console()
    dsn = settings.dsn(Role.OWNER)
    async with servers_running(settings), traced(settings, "rebuild", *(["--check"] if check else [])):
        with progress_bar(console) as progress:
            bar = progress.add_task("重建 rebuilding", total=await count_events(dsn))
            rebuilt = await rebuild_current_states(
                dsn,
                fold,
                replace=not check,
                progress=lambda done: progress.update(bar, completed=done),
                normal=normal,
            )
        facts = await rebuild_facts(dsn, replace=not check)
        words = await rebuild_words(dsn, replace=not check)
        faults = await rebuild_series(dsn, NUMBERED_EVENTS, replace=not check)
    _say(console, rebuilt, check=check)
    console.print(
        f"指标事实与积分 {facts.items} 件，不一致 {facts.differing_rows} 行  "
        f"facts and scores of {facts.items} items, {facts.differing_rows} rows differ"
    )
    console.print(f"可检索文字不一致 {words} 行  {words} rows of searchable words differ")
    for fault in faults:
        console.print(
            f"编号 {fault.series} {fault.year} 计数 {fault.counted}，事件至 {fault.last}，缺 {fault.missing}，"
            f"重 {fault.twice}  series counts to {fault.counted}, events to {fault.last}, "
            f"{fault.missing} missing, {fault.twice} twice",
            style="red",
        )
    broken = rebuilt.broken_streams or any(fault.missing or fault.twice for fault in faults)
    return 1 if broken or (check and (rebuilt.differing or facts.differing_rows or words or faults)) else 0


async def rearm_items(settings: Settings) -> None:
    """Start a workflow for every item that is not over."""
    # Here, because the Temporal SDK is not wanted in the other commands of this module.
    from services.temporal.connection import NATIVE_THREADS_SECONDS  # noqa: PLC0415
    from services.worker.rearm import rearm  # noqa: PLC0415
    from workflows.search_attributes import SEARCH_ATTRIBUTES  # noqa: PLC0415

    console = Console()
    try:
        async with servers_running(settings, search_attributes=SEARCH_ATTRIBUTES), traced(settings, "rearm"):
            with progress_bar(console) as progress:
                bar = progress.add_task("重新布置 re-arming", total=None)
                report = await rearm(
                    settings, progress=lambda done, total: progress.update(bar, completed=done, total=total)
                )
    finally:
        await asyncio.sleep(NATIVE_THREADS_SECONDS)
    console.print(
        f"未了事项、活动与任务 {report.items} 件，流程在运行 {report.running} 个，已了结 {report.ended} 个  "
        f"{report.items} items, campaigns and obligations, {report.running} workflows run, {report.ended} had ended"
    )


async def new_administrator_key(settings: Settings) -> None:
    """Print one more key of the first administrator, alone on its line."""
    # Here, because FastAPI is not wanted in the other commands of this module.
    from services.gateway.administrator import ensure_administrator, renew_administrator_key  # noqa: PLC0415

    async with servers_running(settings), traced(settings, "key"):
        key = await ensure_administrator(settings) or await renew_administrator_key(settings)
    Console().print(key, markup=False, highlight=False, soft_wrap=True)


def _say(console: Console, rebuilt: Rebuilt, *, check: bool) -> None:
    console.print(
        f"事件 {rebuilt.events} 条，对象 {rebuilt.streams} 个，不一致 {rebuilt.differing} 个  "
        f"{rebuilt.events} events, {rebuilt.streams} streams, {rebuilt.differing} differ"
    )
    for difference in rebuilt.differences[:_SHOWN]:
        where = "缺失 missing" if difference.missing else "多余 surplus" if difference.surplus else ""
        console.print(f"  {difference.stream_id} {where}{', '.join(difference.columns) if not where else ''}")
    if rebuilt.differing > _SHOWN:
        console.print(f"  … {rebuilt.differing - _SHOWN}")
    for stream in rebuilt.broken_streams:
        console.print(f"  {stream} 事件数与版本不符  events and version do not add up", style="red")
    if rebuilt.differing:
        console.print("仅比较，未改动  compared only" if check else "已按事件重建  mended from the events")
