"""Keeps channels' secrets, notices to be sent, and every attempt with the platform's answer."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
