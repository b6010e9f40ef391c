"""`duban log`: export the transparency log, and look after the keys that sign it."""

# As in main.py: what a subcommand does not need is not loaded.
# ruff: noqa: PLC0415

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.cli.settings_given import DataDir, settings_given
from services.cli.texts import text

app = typer.Typer(
    name="log",
    help=text("透明日志：导出，管理签证密钥。", "The transparency log: export it, look after its keys."),
    short_help=text("透明日志：导出、密钥。", "Export the log, look after its keys."),
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Function = TypeVar("Function", bound=Callable[..., None])


def offer(zh: str, en: str) -> Callable[[Function], Function]:
    """Register a subcommand with its help."""
    return app.command(help=text(zh, en), short_help=text(zh, en))


@offer(
    "把日志导出到文件夹，可离线核验（duban verify）；中断后可续。",
    "Export the log into a folder that `duban verify` checks offline; goes on where it was broken off.",
)
def export(
    folder: Annotated[Path, typer.Argument(help=text("导出到此文件夹。", "Where to."), file_okay=False)],
    payloads: Annotated[
        bool,
        typer.Option(
            "--payloads/--no-payloads",
            help=text("是否包含事件内容；不含时仍可核验散列。", "With the events' content, or their hashes alone."),
        ),
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Write checkpoints, tiles, entries and payloads."""
    from services.cli.log_work import export_to

    asyncio.run(export_to(settings_given(data_dir), folder, with_payloads=payloads))


@offer("列出签证公钥；核验者应经另一途径取得。", "List the public keys; whoever checks gets them by another way.")
def keys(data_dir: DataDir = None) -> None:
    """Show keys in force and retired ones."""
    from services.cli.log_keys import list_keys

    list_keys(settings_given(data_dir))


@offer("换钥第一步：增加一把密钥，此后两把同时签证。", "Rotate, first step: add a key; from then on both sign.")
def rotate(data_dir: DataDir = None) -> None:
    """Make another key and put it in force."""
    from services.cli.log_keys import add_key

    asyncio.run(add_key(settings_given(data_dir)))


@offer("换钥第二步：停用旧密钥，其公钥保留。", "Rotate, second step: retire the old key; its public half stays.")
def retire(
    key_id: Annotated[str, typer.Argument(help=text("密钥编号（8 位十六进制）。", "The key's id, 8 hex digits."))],
    data_dir: DataDir = None,
) -> None:
    """Sign with a key no more."""
    from services.cli.log_keys import retire_key

    asyncio.run(retire_key(settings_given(data_dir), key_id))
