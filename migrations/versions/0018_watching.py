"""Lets the watch over the store see what waits, and keeps beside events which trace they belong to."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
