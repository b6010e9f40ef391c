"""Protects the last tables of evidence by triggers, and lets auditors see how far the sequencer has come."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0015"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
