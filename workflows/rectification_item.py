"""The process of one rectification item 整改事项: it waits for every deadline, so that nobody has to remember it."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.item_follow_up import ItemFollowUp
    from activities.notices import DueMoment, ItemWatch, Notice
    from workflows.promptly import promptly
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import ITEM


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
        self._vigil = Vigil(watch, ITEM)

    @workflow.run
    async def run(self, watch: ItemWatch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and follow up until the item is over; returns the step it ended at."""
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: the item is at another stage, or its deadline has changed."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the item waits for."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(self, waited: Notice, now: datetime) -> Notice:
        due = waited.next_due or ""
        moment = DueMoment(item_id=self._watch.item_id, version=waited.version, due=due, at=now)
        summary = ITEM.due(due)
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
