"""Keeps the bytes of issued documents and of templates."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
