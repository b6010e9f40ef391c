"""Keeps events of the cluster that a store was dumped in apart from those of the one it was restored into."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
