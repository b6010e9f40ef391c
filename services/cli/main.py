"""The `duban` command: each subcommand reads the settings, calls one part of the product and says how it went."""

# Every process is this same command, so each subcommand imports its own part only: the sequencer must not load FastAPI.
# ruff: noqa: PLC0415

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.cli.campaign import app as campaign
from services.cli.log import app as log
from services.cli.people import app as people
from services.cli.settings_given import DataDir, settings_given
from services.cli.texts import text
from services.cli.witness import witness

app = typer.Typer(
    name="duban",
    help=text(
        "督办：创建文明城市的每一件整改事项都有期限，一件也不会被遗忘。",
        "Every rectification item has a deadline, and none is forgotten.",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(campaign, name="campaign")
app.add_typer(log, name="log")
app.add_typer(people, name="people")

Function = TypeVar("Function", bound=Callable[..., None])


def offer(zh: str, en: str, *, name: str | None = None) -> Callable[[Function], Function]:
    """Register a command with its help; given as short help too, or the list of commands would cut it off."""
    return app.command(name, help=text(zh, en), short_help=text(zh, en))


@offer("在一台机器上启动全部服务，直到 Ctrl-C。", "Run everything on this machine until Ctrl-C.")
def up(data_dir: DataDir = None) -> None:
    """Run the embedded stack."""
    from rich.console import Console

    from services.cli.first_key import first_key
    from services.cli.up import up as run_stack
    from services.privacy.upkeep import migrated_and_sealed
    from workflows.search_attributes import SEARCH_ATTRIBUTES

    settings = settings_given(data_dir)
    code = run_stack(
        settings,
        migrate=migrated_and_sealed(settings),
        search_attributes=SEARCH_ATTRIBUTES,
        first_key=first_key,
        console=Console(),
    )
    raise typer.Exit(code)


@offer("启动接口网关进程。", "Run the gateway: the HTTP API.")
def gateway(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.gateway.app import run

    run(settings_given(data_dir))


@offer("启动定序进程：给已提交的事件排定全局次序。", "Run the sequencer: the order of the log.")
def sequencer(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.sequencer.sequencer import run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    begin_process(settings, process="sequencer")
    run(settings)


@offer("启动签证进程：为日志签发检查点。", "Run the notary: it signs the log.")
def notary(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.notary.notary import run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    begin_process(settings, process="notary")
    run(settings)


@offer("启动转发进程：把事件告知流程引擎。", "Run the relay: it tells Temporal what happened.")
def relay(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.relay.relay import run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    begin_process(settings, process="relay")
    run(settings)


@offer("启动流程工作进程：到期即督办。", "Run a worker: it acts when deadlines pass.")
def worker(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.telemetry.process import begin_process
    from services.worker.worker import run

    settings = settings_given(data_dir)
    begin_process(settings, process="worker")
    run(settings)


@offer("启动投影进程：由日志得出指标所依据的事实。", "Run the projector: facts for the indicators.")
def projector(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.projector.projector import run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    begin_process(settings, process="projector")
    run(settings)


@offer("启动后果进程：督办升级与排名产生文书和问责案件。", "Run consequences: acts and cases from rungs and rankings.")
def consequences(
    data_dir: DataDir = None,
    again_from: Annotated[
        int | None,
        typer.Option(
            min=0,
            help=text(
                "从日志该位置起重做被略过的后果，然后退出；已有的不会重复。",
                "Try what was passed over from this position of the log on again, and end; nothing follows twice.",
            ),
        ),
    ] = None,
) -> None:
    """Run one process of the product, or send it back."""
    from services.consequences.process import follow_again, run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    if again_from is not None:
        asyncio.run(follow_again(settings, again_from))
        return
    begin_process(settings, process="consequences")
    run(settings)


@offer("启动回调进程：向业务系统告知办理进展。", "Run the webhooks: outcomes for reporters.")
def webhooks(data_dir: DataDir = None) -> None:
    """Run one process of the product."""
    from services.telemetry.process import begin_process
    from services.webhooks.webhooks import run

    settings = settings_given(data_dir)
    begin_process(settings, process="webhooks")
    run(settings)


@offer("启动通知进程：向有关人员发送群消息和邮件。", "Run the notifier: chat robots, mail, inboxes.")
def notifier(
    data_dir: DataDir = None,
    again_from: Annotated[
        int | None,
        typer.Option(
            min=0,
            help=text(
                "从日志该位置起重建收件箱，然后退出；已通知的不再发送。",
                "Rebuild inboxes from this position of the log on, and end; nobody is told twice.",
            ),
        ),
    ] = None,
) -> None:
    """Run one process of the product, or send it back."""
    from services.notifier.process import plan_again, run
    from services.telemetry.process import begin_process

    settings = settings_given(data_dir)
    if again_from is not None:
        asyncio.run(plan_again(settings, again_from))
        return
    begin_process(settings, process="notifier")
    run(settings)


@offer("把数据库升级到最新结构。", "Bring the database to the newest schema.")
def migrate(data_dir: DataDir = None) -> None:
    """Create roles, schemas, tables and spare partitions, as far as they are missing."""
    from services.cli.upkeep import migrate_database

    asyncio.run(migrate_database(settings_given(data_dir)))


@offer(
    "仅凭事件重建全部当前状态；--check 只比较，有差异时返回 1。",
    "Recreate every current state from events alone; --check compares only and exits 1 where anything differs.",
)
def rebuild(
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help=text("只比较，不写入。", "Compare, write nothing."))] = False,
) -> None:
    """Fold all streams again."""
    from services.cli.upkeep import rebuild_states

    raise typer.Exit(asyncio.run(rebuild_states(settings_given(data_dir), check=check)))


@offer(
    "核对已制发文书的文件与事件中的哈希；有缺失或损坏时返回 1。",
    "Compare the files of issued documents with the hashes in events; exits 1 where one is missing or damaged.",
)
def documents(data_dir: DataDir = None) -> None:
    """Check all kept files."""
    from services.cli.document_check import check_documents

    raise typer.Exit(asyncio.run(check_documents(settings_given(data_dir))))


@offer(
    "流程引擎的数据丢失后，凭事件为每件未了事项、活动与任务重新布置流程。",
    "After Temporal lost its data: start workflows again for all that is not over.",
)
def rearm(data_dir: DataDir = None) -> None:
    """Arm all open items."""
    from services.cli.upkeep import rearm_items

    asyncio.run(rearm_items(settings_given(data_dir)))


@offer("载入城市文件：单位、区域、类别、日历、办法。", "Load a city file: units, areas, rules.")
def load(
    file: Annotated[Path, typer.Argument(help=text("YAML 城市文件。", "The YAML file."), dir_okay=False)],
    data_dir: DataDir = None,
) -> None:
    """Register and publish what differs from the file."""
    from services.cli.intake import load_city

    asyncio.run(load_city(settings_given(data_dir), file))


@offer(
    "导入台账（CSV、CSV.gz、XLSX）；默认只演练，--apply 才写入。",
    "Import a ledger; a dry run unless --apply is given.",
    name="import",
)
def import_(
    file: Annotated[Path, typer.Argument(help=text("台账文件。", "The ledger."), dir_okay=False)],
    mapping: Annotated[Path, typer.Option(help=text("列对应关系（YAML）。", "Which column means what."))],
    apply: Annotated[bool, typer.Option("--apply", help=text("写入。", "Write it."))] = False,
    report: Annotated[Path | None, typer.Option(help=text("逐行报告（CSV）。", "Report by row."))] = None,
    data_dir: DataDir = None,
) -> None:
    """Take rows of an old ledger over as items."""
    from services.cli.intake import import_ledger
    from services.importing.command import ImportRequest

    request = ImportRequest(file=file, mapping=mapping, apply=apply, report=report)
    asyncio.run(import_ledger(settings_given(data_dir), request))


@offer("管理员密钥遗失时另发一把。", "Issue another administrator's key, where the first was lost.")
def key(data_dir: DataDir = None) -> None:
    """Print a new key; whoever can run this owns the database anyway."""
    from services.cli.upkeep import new_administrator_key

    asyncio.run(new_administrator_key(settings_given(data_dir)))


@offer("演示：样板城市、三百个问题、两分钟以内。", "The demo: a sample city, 300 issues, two minutes.")
def demo(
    issues: Annotated[int, typer.Option(min=10, max=5000, help=text("问题数。", "How many issues."))] = 300,
    seed: Annotated[int, typer.Option(help=text("随机种子。", "Seed of everything random."))] = 2026,
    json: Annotated[Path | None, typer.Option(help=text("把结果写入文件。", "Write the result here."))] = None,
    keep: Annotated[bool, typer.Option("--keep", help=text("保留数据目录。", "Keep the data folder."))] = False,
    data_dir: DataDir = None,
) -> None:
    """Play a whole city."""
    from services.demo.command import run_demo

    raise typer.Exit(run_demo(issues=issues, seed=seed, json_file=json, keep=keep, data_dir=data_dir))


@offer(
    "核验导出的日志、运行中的日志，或导出的查询结果及其证明：只凭公钥，逐条检查。",
    "Check an exported log, a running one, or an exported answer with its proofs, by the public key alone.",
)
def verify(
    places: Annotated[
        list[str],
        typer.Argument(
            help=text(
                "文件夹；或 https://…/v1/log（审计密钥放在 DUBAN_AUDITOR_KEY）；或一次查询结果的各个文件"
                "（证明、NDJSON、CSV、XLSX，续传的各部分）。",
                "A folder; or https://…/v1/log with an auditor's key in DUBAN_AUDITOR_KEY; or the files of one answer:"
                " its proofs, NDJSON, CSV, XLSX, and the parts of one that was resumed.",
            )
        ),
    ],
    key: Annotated[
        list[str], typer.Option(help=text("日志公钥（vkey）或其文件，可重复。", "The log's vkey, or a file."))
    ],
    witness: Annotated[
        list[str] | None, typer.Option(help=text("见证人公钥，可重复。", "A witness's vkey, or a file."))
    ] = None,
    known: Annotated[
        list[Path] | None,
        typer.Option(
            help=text("自存的检查点文件或文件夹，可重复。", "Checkpoints you kept, a file or folder."), exists=True
        ),
    ] = None,
    tsa_ca: Annotated[
        list[Path] | None,
        typer.Option(
            help=text("时间戳机构的根证书（PEM），可重复。", "Roots of time-stamping authorities, PEM."), exists=True
        ),
    ] = None,
    payloads: Annotated[
        bool, typer.Option("--payloads/--no-payloads", help=text("是否核验内容。", "Check the content too."))
    ] = True,
    json: Annotated[bool, typer.Option("--json", help=text("以 JSON 输出。", "Print JSON."))] = False,
) -> None:
    """Check every entry, the tree, every checkpoint, every stream and every payload."""
    from services.cli.log_work import Asked
    from services.cli.log_work import verify as check

    asked = Asked(places, key, witness or [], known or [], tsa_ca or [], payloads, json)
    raise typer.Exit(check(asked))


offer("启动审计方的见证人：为日志检查点副署。", "Run an auditor's witness: it cosigns checkpoints of a log.")(witness)


@offer("体检：哪里有问题，怎么修。", "Say what is wrong and how to mend it.")
def doctor(
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help=text("核对库中每一条事件，每百万条约半分钟。", "Check every event there is, half a minute a million."),
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Examine the installation, running or not."""
    from services.doctor.command import examine

    raise typer.Exit(examine(settings_given(data_dir), deep=deep))


def run() -> None:
    """Run the command line; what can be foreseen ends in one line with a code, everything else in a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as problem:
        from services.cli.failing import explain

        explained = explain(problem)
        if explained is None:
            raise
        sys.stderr.write(f"{explained.line}\n")
        sys.exit(explained.exit_code)
