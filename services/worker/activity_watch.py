"""Stands around every activity: counts it, notes what the reconciliation found, and names its workflow in logs."""

from collections.abc import Iterable
from time import time
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.reconciliation import Findings
from services.telemetry.instruments import REGISTRY

ACTIVITIES = Counter(
    "duban_activities",
    "Activities by outcome; failed ones are tried again.",
    ("activity", "outcome"),
    registry=REGISTRY,
)
RECONCILED = Gauge(
    "duban_reconciliation_last_run_timestamp_seconds",
    "When this worker last compared what is not over with the workflows that run; 0 before it ever did.",
    registry=REGISTRY,
)
UNFINISHED = Gauge("duban_reconciliation_unfinished", "What was not over then.", registry=REGISTRY)
REARMED = Counter("duban_reconciliation_rearmed", "What nobody watched, and was armed again.", registry=REGISTRY)


class ActivityWatch(Interceptor):
    """For a worker's `interceptors`; what it names is counted from zero, so that a first failure is an increase."""

    def __init__(self, activities: Iterable[str] = ()) -> None:
        for name in activities:
            for outcome in ("done", "failed"):
                ACTIVITIES.labels(name, outcome)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand around each."""
        return _Watched(next)


class _Watched(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        info = activity.info()
        with structlog.contextvars.bound_contextvars(workflow_id=info.workflow_id, activity=info.activity_type):
            try:
                result = await super().execute_activity(input)
            except BaseException:
                ACTIVITIES.labels(info.activity_type, "failed").inc()
                raise
        ACTIVITIES.labels(info.activity_type, "done").inc()
        if isinstance(result, Findings):
            RECONCILED.set(time())
            UNFINISHED.set(result.unfinished)
            REARMED.inc(result.unwatched)
        return result
