"""Indexes what people wrote behind the log instead of while they wait, and appends a single command faster."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
