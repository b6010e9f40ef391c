"""Keeps the lines from which points are added up."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
