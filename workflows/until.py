"""Waiting for an absolute instant, or for something that happens before."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

_TICK = timedelta(milliseconds=1)


async def until(instant: datetime | None, *, unless: Callable[[], bool], summary: str) -> bool:
    """Return True when the instant has come, False when ``unless`` became true first. None never comes.

    Servers count milliseconds and due instants microseconds, so a timer may fire a little early: then the rest is
    waited for, and the caller may rely on ``workflow.now()`` not lying before the instant.
    """
    while not unless():
        if instant is None:
            await workflow.wait_condition(unless)
            return False
        remaining = instant - workflow.now()
        if remaining <= timedelta(0):
            return True
        whole_ticks = -(-remaining // _TICK) * _TICK
        try:
            await workflow.wait_condition(unless, timeout=whole_ticks, timeout_summary=summary)
        except TimeoutError:
            continue
    return False
