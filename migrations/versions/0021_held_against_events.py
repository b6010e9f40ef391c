"""Lets the doctor compare the keys of commands with the log, and keeps the application from taking words away."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
