"""Lets whoever appends say when, as the entry does, so that the log commits to the time of recording."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
