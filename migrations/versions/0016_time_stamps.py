"""Keeps what time-stamping authorities answered, beside the checkpoints they answered for."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
