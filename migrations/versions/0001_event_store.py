"""The event store: streams, events, the sequenced log, current states, subscriptions, and who may do what with them."""

from pathlib import Path

from migrations.scripts import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("tables", "protection", "append", "sequencing", "grants"):
        run_script(Path(__file__).with_name(f"0001_{part}.sql"))
