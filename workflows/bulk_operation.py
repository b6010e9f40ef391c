"""The process of one bulk operation 批量操作: page after page of items, until nothing is left or somebody stops it."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.bulk_work import BulkWork
    from activities.notices import Moment, Notice, Watch
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import BULK

# What was decided just before may not have reached every process that reads items: they look for new rules once a
# second. An item that one of them opens under the old rules meanwhile is found by waiting a little longer than that.
_SETTLING = timedelta(seconds=3)
_ONE_PAGE = timedelta(minutes=2)
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn
class BulkOperation:
    """One bulk operation: one decision carried out on many items.

    **Page by page** the open items of the selection are asked, each with one command under a key of its own, so that
    a page that runs twice changes nothing twice. An item to which the decision does not apply is **skipped** and
    counted. How far the operation has come stands in the event store: after any crash it goes on there.

    Somebody may **pause** it; then it waits after the page under way until it is **resumed** or **cancelled**. It is
    **finished** when no item is left.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._vigil = Vigil(watch, BULK)

    @workflow.run
    async def run(self, watch: Watch) -> str:
        """Work until the operation is over; returns the step it ended at."""
        if watch.notice.version == 1:
            await workflow.sleep(_SETTLING, summary="等待新规则到达各处 · let new rules arrive everywhere")
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody paused, resumed or cancelled."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line how the operation stands."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(self, waited: Notice, now: datetime) -> Notice:
        due = waited.next_due or ""
        if due != "page":
            raise UnknownDueError(due)
        moment = Moment(stream_id=self._watch.stream_id, version=waited.version, due=due, at=now)
        return await workflow.execute_activity_method(
            BulkWork.work_through_page,
            moment,
            start_to_close_timeout=_ONE_PAGE,
            retry_policy=_RETRIES,
            summary=BULK.due(due),
        )
