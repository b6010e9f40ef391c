"""The facts that indicators are counted from, in a schema of their own for everything that can be thrown away."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(Path(__file__).with_suffix(".sql"))
