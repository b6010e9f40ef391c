"""`duban people`: look after the keys of personal data."""

# As in main.py: what a subcommand does not need is not loaded.
# ruff: noqa: PLC0415

import asyncio

import typer

from services.cli.settings_given import DataDir, settings_given
from services.cli.texts import text

_HELP = text(
    "更换个人信息的主密钥：全部密钥重新加密，旧主密钥销毁，密钥库的旧备份随之失效。可在运行中执行，中断后重来。",
    "Replace the master key: all keys are wrapped anew, the old one is destroyed, and older backups of the key store"
    " open nothing any more. While everything runs; broken off, run it again.",
)

app = typer.Typer(
    name="people",
    help=text("个人信息的密钥。", "The keys of personal data."),
    short_help=text("个人信息的密钥。", "The keys of personal data."),
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def people() -> None:
    """Keep `rotate-key` a subcommand, alone as it is."""


@app.command("rotate-key", help=_HELP, short_help=text("更换主密钥。", "Replace the master key."))
def rotate_key(data_dir: DataDir = None) -> None:
    """Wrap every key by a new master key."""
    from services.cli.people_work import rotate

    raise typer.Exit(asyncio.run(rotate(settings_given(data_dir))))
