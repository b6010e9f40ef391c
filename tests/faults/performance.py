"""Plays the demo small and slowly, so that accidents can happen in the middle of it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.demo.play import Play
from services.demo.stage import set_stage
from services.demo.tally import Tally
from services.settings import Settings
from tests.conftest import ports_nobody_uses

SEED = 11


@asynccontextmanager
async def performance(*, issues: int, firing_seconds: float) -> AsyncIterator[Play]:
    """A play on a stack of its own, about to begin."""
    with tempfile.TemporaryDirectory(prefix="duban-test-", ignore_cleanup_errors=True) as folder:
        gateway, temporal, http, metrics = ports_nobody_uses(4)
        settings = Settings(
            data_dir=Path(folder),
            gateway_port=gateway,
            temporal_port=temporal,
            temporal_http_port=http,
            temporal_metrics_port=metrics,
            temporal_ui=False,
        )
        async with set_stage(settings) as stage:
            yield Play(stage, Tally(), issues=issues, seed=SEED, firing_seconds=firing_seconds)
