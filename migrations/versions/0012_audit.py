"""Gives every filter of the auditors an index in the order of its pages, the texts of reasons among them."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0012"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
