"""Keeps the addresses that accesses came from, erasable, and indexes the traces that auditors ask for."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
