"""The regular check that everything which is not over is watched by its workflow."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.reconciliation import Findings, Reconciling


@workflow.defn
class Reconciliation:
    """One comparison of the event store with Temporal.

    A workflow can get lost: terminated by hand, or with a Temporal database that was set back. Then a deadline would
    pass unnoticed. So every few minutes all items, campaigns and the like that are not over are compared with the
    workflows that run, and what is missing is armed again from the event store.
    """

    @workflow.run
    async def run(self) -> Findings:
        """Compare once; returns what was found."""
        return await workflow.execute_activity_method(
            Reconciling.watch_the_unwatched,
            start_to_close_timeout=timedelta(hours=2),
            heartbeat_timeout=timedelta(minutes=2),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary="核对在办事项与运行中的流程 · compare unfinished items with running workflows",
        )
