"""Takes from Temporal's SDK what only that knows: tasks of workflows that fail, as when code and history disagree."""

import asyncio
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

from services.patience import pause_unless
from services.telemetry.instruments import REGISTRY

EVERY_SECONDS = 5.0
# More than a busy worker says between two looks; what is too much is dropped and missing in a count, nowhere else.
_ROOM = 100_000
_REASONS = ("NonDeterminismError", "WorkflowError")
_FAILED = "temporal_workflow_task_execution_failed"

FAILURES = Counter(
    "duban_workflow_task_failures",
    "Tasks of workflows that failed and are tried again until the code is mended.",
    ("workflow", "reason"),
    registry=REGISTRY,
)


def begin(workflows: Iterable[str]) -> None:
    """Count from zero, so that a first failure is an increase."""
    for workflow in workflows:
        for reason in _REASONS:
            FAILURES.labels(workflow, reason)


@cache
def counting() -> tuple[Runtime, MetricBuffer]:
    """The runtime to connect with, and what it tells; one for the process."""
    buffer = MetricBuffer(_ROOM)
    return Runtime(telemetry=TelemetryConfig(metrics=buffer)), buffer


async def count_failures(buffer: MetricBuffer, stopping: asyncio.Event) -> None:
    """Count what the SDK tells, every few seconds until told to stop."""
    while not stopping.is_set():
        take(buffer)
        await pause_unless(stopping, EVERY_SECONDS)


def take(buffer: MetricBuffer) -> None:
    """Count what the SDK has told since the last time."""
    for update in buffer.retrieve_updates():
        if update.metric.name == _FAILED:
            told = update.attributes
            workflow, reason = told.get("workflow_type", "unknown"), told.get("failure_reason", "unknown")
            FAILURES.labels(workflow, reason).inc(update.value)
