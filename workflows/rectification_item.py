"""The process of one rectification item 整改事项: it waits for every deadline, so that nobody has to remember it."""

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.item_follow_up import ItemFollowUp
    from activities.notices import DueMoment, ItemWatch, Notice
    from workflows.item_summary import DUES, details_of, waiting_for
    from workflows.promptly import RefusedError, promptly
    from workflows.search_attributes import changes_between
    from workflows.until import until

# A refusal, or an answer that brings nothing new, is a fault somewhere else: ask again later, not at once.
_PATIENCE = timedelta(minutes=10)


class UnknownDueError(Exception):
    """This worker does not know what fell due: it is older than the rules. A newer one carries on with the task."""


@workflow.defn
class RectificationItem:
    """One item, from its first deadline to its end.

    People move the item along in the event store: it is registered and dispatched, **accepted** by the unit,
    **rectified**, **checked**, closed and **rechecked**. Each of these stages has a clock, and the item is at one of
    them at any time; `notice` tells which, and which instant comes next.

    Where nobody acts in time, this process does. Short of the deadline the handler is warned 预警. At the deadline
    the stage is marked overdue, and the ladder 督办阶梯 is climbed rung by rung: remind 催办, supervise 督办,
    criticise 通报批评, summon 约谈, and at its top hold to account 责任追究, where an accountability case is due.

    Beside the line, a suspension 缓办 is reviewed on its date, and after a recurrence 反弹 a new item carries on.

    What exactly follows is decided by the domain, in the activities; a rung is climbed once however often they run.
    """

    @workflow.init
    def __init__(self, watch: ItemWatch) -> None:
        self._watch = watch
        self._known = watch.notice
        self._show()

    @workflow.run
    async def run(self, watch: ItemWatch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and follow up until the item is over; returns the step it ended at."""
        while not self._known.over:
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._watch.model_copy(update={"notice": self._known}))
            if await self._wait_until(self._known.next_due_at):
                await self._follow_up()
        return self._known.step

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: the item is at another stage, or its deadline has changed."""
        if newer.version > self._known.version:
            self._take(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the item waits for."""
        return waiting_for(self._known)

    async def _follow_up(self) -> None:
        """The instant has come: do what is due, and learn what comes next."""
        waited = self._known
        try:
            answer = await self._do_what_is_due(waited, workflow.now())
        except RefusedError as refused:
            workflow.logger.warning("follow-up refused: %s", refused, extra={"due": waited.next_due})
            answer = waited
        # What the event store says counts, unless a newer notice came meanwhile.
        if answer.version >= self._known.version or self._known is waited:
            self._take(answer)
        if self._known.waits_as(waited):
            await self._wait_until(workflow.now() + _PATIENCE)

    async def _do_what_is_due(self, waited: Notice, now: datetime) -> Notice:
        due = waited.next_due or ""
        moment = DueMoment(item_id=self._watch.item_id, version=waited.version, due=due, at=now)
        summary = " · ".join(DUES.get(due, (due,)))
        match due:
            case "overdue":
                return await promptly(ItemFollowUp.mark_overdue, moment, summary)
            case "warn" | "remind" | "supervise" | "criticise" | "summon":
                return await promptly(ItemFollowUp.climb_rung, moment, summary)
            case "hold_to_account":
                return await promptly(ItemFollowUp.hold_to_account, moment, summary)
            case "review":
                return await promptly(ItemFollowUp.call_for_review, moment, summary)
            case "open_recurrence":
                return await promptly(ItemFollowUp.open_recurrence, moment, summary)
            case _:
                raise UnknownDueError(due)

    async def _wait_until(self, instant: datetime | None) -> bool:
        """Wait; False when something else is to be done first."""
        waited = self._known

        def interrupted() -> bool:
            newer = self._known.over or not self._known.waits_as(waited)
            return newer or workflow.info().is_continue_as_new_suggested()

        return await until(instant, unless=interrupted, summary=waiting_for(waited))

    def _take(self, notice: Notice) -> None:
        changes = changes_between(self._known, notice)
        self._known = notice
        self._show()
        if changes:
            workflow.upsert_search_attributes(changes)  # pyright: ignore[reportUnknownMemberType]

    def _show(self) -> None:
        workflow.set_current_details(details_of(self._watch, self._known))
