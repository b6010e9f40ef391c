"""Running what an instant asks for: quick appends where the workflow runs, what takes its time on the server's word."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.notices import DueMoment, Moment, Notice

Steps = TypeVar("Steps")
M = TypeVar("M", DueMoment, Moment)

_ONE_TRY = timedelta(seconds=20)
_ONE_TRY_AT_LENGTH = timedelta(minutes=5)
_ON_THE_SPOT = timedelta(seconds=5)
_ON_THE_SPOT_RETRIES = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)
_PATIENT_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


class RefusedError(Exception):
    """A rule refused the follow-up; its text is the rejection's code."""


async def promptly(step: Callable[[Steps, M], Awaitable[Notice]], moment: M, summary: str) -> Notice:
    """Run the activity until it answers. Raises RefusedError where a rule says no.

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
    except FailureError as failure:
        _raise_if_final(failure)
    return await _on_the_server(step, moment, summary, _ONE_TRY)


async def at_length(step: Callable[[Steps, M], Awaitable[Notice]], moment: M, summary: str) -> Notice:
    """Run what takes longer than an append, such as drawing up documents in its turn, until it answers.

    Raises RefusedError where a rule says no.
    """
    return await _on_the_server(step, moment, summary, _ONE_TRY_AT_LENGTH)


async def _on_the_server(
    step: Callable[[Steps, M], Awaitable[Notice]], moment: M, summary: str, one_try: timedelta
) -> Notice:
    try:
        return await workflow.execute_activity_method(
            step, moment, start_to_close_timeout=one_try, retry_policy=_PATIENT_RETRIES, summary=summary
        )
    except FailureError as failure:
        _raise_if_final(failure)
        raise


def _raise_if_final(failure: FailureError) -> None:
    if is_cancelled_exception(failure):
        raise failure
    # The failure of a local activity comes as it is, that of another one as the cause of an ActivityError.
    for each in (failure, failure.cause):
        if isinstance(each, ApplicationError) and each.non_retryable:
            raise RefusedError(each.type) from failure
