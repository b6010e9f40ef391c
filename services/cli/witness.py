"""`duban witness`: an auditor's own witness, which needs neither the database nor anything else of ours."""

# As in main.py: what a subcommand does not need is not loaded.
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from services.cli.texts import text

Folder = Annotated[
    Path,
    typer.Argument(help=text("见证人的文件夹：密钥和已见检查点。", "Its keys, and what it has seen."), file_okay=False),
]
Logs = Annotated[
    list[str], typer.Option("--log", help=text("日志公钥（vkey）或其文件，可重复。", "A log's vkey, or a file."))
]
Name = Annotated[
    str | None,
    typer.Option(
        help=text("首次启动时为密钥命名，如 audit.example/w1。", "Name of its first key, such as audit.example/w1.")
    ),
]
Host = Annotated[str, typer.Option(help=text("监听地址。", "Address to listen on."))]
Port = Annotated[int, typer.Option(min=1, max=65535, help=text("监听端口。", "Port to listen on."))]


def witness(folder: Folder, log: Logs, name: Name = None, host: Host = "127.0.0.1", port: Port = 8430) -> None:
    """Serve add-checkpoint of c2sp.org/tlog-witness."""
    from services.cli.log_work import verifiers
    from services.cli.settings_given import settings_given
    from services.witness.server import WitnessPlace, run

    run(WitnessPlace(folder, verifiers(log), name, host, port), settings_given(None))
