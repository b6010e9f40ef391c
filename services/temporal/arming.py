"""Arms items: sees to it that an item's workflow runs and knows how the item stands. The one way there is."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.notices import ItemWatch, Notice
from services.store.item_standings import ItemStanding
from workflows.item_summary import title_of
from workflows.rectification_item import RectificationItem
from workflows.search_attributes import attributes_of

AT_ONCE = 50
_PREFIX = "item-"
_CALL_TIMEOUT = timedelta(seconds=10)


def workflow_id(item_id: UUID) -> str:
    """The id of an item's workflow, now and after every wipe."""
    return f"{_PREFIX}{item_id}"


def item_of(name: str) -> UUID | None:
    """The item a workflow id belongs to; None where the workflow is none of ours."""
    try:
        return UUID(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
    except ValueError:
        return None


def watch_of(standing: ItemStanding) -> ItemWatch:
    """Say how an item stands, in the workflow's words."""
    return ItemWatch(
        item_id=standing.item_id,
        number=standing.number,
        title=standing.title,
        area=standing.area,
        category=standing.category,
        notice=Notice(
            version=standing.version,
            step=standing.step,
            unit=standing.unit,
            rung=standing.rung,
            due_at=standing.due_at,
            next_due_at=standing.next_due_at,
            next_due=standing.next_due,
        ),
    )


@dataclass(frozen=True, slots=True)
class Armed:
    """How many items have a running, informed workflow, and how many workflows had come to their end before."""

    running: int
    ended: int


class Arming:
    """Starts or informs item workflows, ``at_once`` of them at a time."""

    def __init__(self, client: Client, task_queue: str, *, at_once: int = AT_ONCE) -> None:
        self._client = client
        self._task_queue = task_queue
        self._at_once = at_once
        self._room = asyncio.Semaphore(at_once)

    async def arm(self, standing: ItemStanding) -> bool:
        """Start the workflow or tell the running one, in one call; False where it has run to its end already.

        Doing it again changes nothing: the workflow ignores versions it has seen. Raises RPCError.
        """
        watch = watch_of(standing)
        title = title_of(watch)
        try:
            async with self._room:
                await self._client.start_workflow(
                    RectificationItem.run,
                    watch,
                    id=workflow_id(standing.item_id),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    search_attributes=attributes_of(watch),
                    static_summary=title,
                    start_signal="notice",
                    start_signal_args=[watch.notice],
                    rpc_timeout=_CALL_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def arm_all(self, standings: Iterable[ItemStanding], armed: Callable[[], None] = lambda: None) -> Armed:
        """Arm many items; ``armed`` is called after each. Raises the first RPCError, after the calls under way."""
        waiting = iter(standings)
        answers: list[bool] = []
        failures: list[BaseException] = []

        async def work(items: Iterator[ItemStanding]) -> None:
            for standing in items:
                if failures:
                    return
                try:
                    answers.append(await self.arm(standing))
                except Exception as failure:  # noqa: BLE001 - raised below, once nobody is at work any more
                    failures.append(failure)
                    return
                armed()

        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(work(waiting))
        if failures:
            raise failures[0]
        return Armed(running=sum(answers), ended=len(answers) - sum(answers))
