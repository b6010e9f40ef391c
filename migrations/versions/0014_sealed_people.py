"""Gives what is known of people a sealed form; what stood in the clear waits in a table of its own for its keys."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
