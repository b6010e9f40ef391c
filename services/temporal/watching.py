"""Looks at Temporal for those who watch: whether it answers, who works, and what waits for them. The relay does it.

Defined here and not with what every process counts: only who looks shows these.
"""

import asyncio

import structlog
from prometheus_client import Gauge
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from services.patience import pause_unless
from services.telemetry.instruments import REGISTRY
from services.temporal.connection import TEMPORAL_OUTAGES

EVERY_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0
_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}

UP = Gauge("duban_temporal_up", "Whether Temporal answered just now.", registry=REGISTRY)
POLLERS = Gauge(
    "duban_task_queue_pollers",
    "Who asks for tasks, as Temporal remembers it for minutes.",
    ("tasks",),
    registry=REGISTRY,
)
BACKLOG = Gauge("duban_task_queue_backlog", "Tasks that wait for a worker.", ("tasks",), registry=REGISTRY)
BACKLOG_SECONDS = Gauge(
    "duban_task_queue_backlog_seconds", "How long the oldest of these has waited.", ("tasks",), registry=REGISTRY
)
_log = structlog.stdlib.get_logger(__name__)


async def watch_temporal(client: Client, task_queue: str, stopping: asyncio.Event) -> None:
    """Look every few seconds until told to stop; nothing that Temporal does ends it."""
    while not stopping.is_set():
        await look_at_temporal(client, task_queue)
        await pause_unless(stopping, EVERY_SECONDS)


async def look_at_temporal(client: Client, task_queue: str) -> None:
    """Look once."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for tasks, kind in _QUEUES.items():
                described = await client.workflow_service.describe_task_queue(
                    DescribeTaskQueueRequest(
                        namespace=client.namespace,
                        task_queue=TaskQueue(name=task_queue),
                        task_queue_type=kind,
                        report_stats=True,
                    )
                )
                POLLERS.labels(tasks).set(len(described.pollers))
                BACKLOG.labels(tasks).set(described.stats.approximate_backlog_count)
                BACKLOG_SECONDS.labels(tasks).set(described.stats.approximate_backlog_age.ToTimedelta().total_seconds())
    except (*TEMPORAL_OUTAGES, TimeoutError) as outage:
        UP.set(0)
        await _log.ainfo("Temporal does not answer", error=repr(outage))
    else:
        UP.set(1)
