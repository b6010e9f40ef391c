"""The settings of a command: the environment's, with the data folder given on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.texts import text

if TYPE_CHECKING:
    from services.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help=text("数据目录，默认 .duban（DUBAN_DATA_DIR）。", "Data folder, .duban unless DUBAN_DATA_DIR says else."),
        file_okay=False,
    ),
]


def settings_given(data_dir: Path | None) -> "Settings":
    """Read the settings; raises pydantic.ValidationError where a DUBAN_ variable makes no sense."""
    # Here, so that `duban --help` answers at once.
    from services.settings import Settings  # noqa: PLC0415

    return Settings() if data_dir is None else Settings(data_dir=data_dir)
