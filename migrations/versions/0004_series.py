"""Numbers documents without gaps, each series anew every year."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
