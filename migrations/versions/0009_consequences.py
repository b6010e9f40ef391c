"""Where consequences begin in a log that was there before them, and what they passed over."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
