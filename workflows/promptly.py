"""Running a quick append where the workflow runs: at first without the server's help, and with it when that fails."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.item_follow_up import ItemFollowUp
    from activities.notices import DueMoment, Notice

FollowUpActivity = Callable[[ItemFollowUp, DueMoment], Awaitable[Notice]]

_ONE_TRY = timedelta(seconds=20)
_ON_THE_SPOT = timedelta(seconds=5)
_ON_THE_SPOT_RETRIES = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)
_PATIENT_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


async def promptly(step: FollowUpActivity, moment: DueMoment, summary: str) -> Notice:
    """Run the activity until it answers. Raises ActivityError only where a rule refuses.

    A local activity writes one entry into the history instead of three and costs one round trip instead of three, but
    while the database is away its retries would fill the history: the server's own retries then leave no trace.
    """
    try:
        return await workflow.execute_local_activity_method(
            step,
            moment,
            schedule_to_close_timeout=_ON_THE_SPOT,
            retry_policy=_ON_THE_SPOT_RETRIES,
            summary=summary,
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.non_retryable:
            raise
    return await workflow.execute_activity_method(
        step, moment, start_to_close_timeout=_ONE_TRY, retry_policy=_PATIENT_RETRIES, summary=summary
    )
