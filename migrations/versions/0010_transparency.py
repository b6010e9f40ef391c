"""Keeps the inner hashes of the log's tree and every checkpoint that was signed over it."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
