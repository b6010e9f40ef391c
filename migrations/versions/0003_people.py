"""Finds items by the person who is named in them, and by the principal who reported them by hand."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
