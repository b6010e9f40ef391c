"""Keeps the reconciliation going: a schedule in Temporal, made again wherever it is missing."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from workflows.reconciliation import Reconciliation

SCHEDULE_ID = "duban-reconciliation"
EVERY = timedelta(minutes=10)


async def ensure_schedule(client: Client, task_queue: str) -> bool:
    """Make the schedule unless it exists; returns whether it was missing. Raises RPCError.

    Where it was missing Temporal is new or was wiped, so the first comparison follows at once.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(Reconciliation.run, id="reconciliation", task_queue=task_queue),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        # One comparison makes up for all that were missed: they all look at the same present.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )
    try:
        await client.create_schedule(SCHEDULE_ID, schedule, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        return False
    return True
