"""Arms what is watched: sees to it that its workflow runs and knows how it stands. The one way there is."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from opentelemetry.trace import SpanKind
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from services.store.standings import StandingRow
from services.telemetry.tracing import context_of, span
from services.temporal.watched import WATCHED, watch_of, workflow_id
from workflows.search_attributes import attributes_of
from workflows.words import title_of

AT_ONCE = 50
_CALL_TIMEOUT = timedelta(seconds=10)
_UNTRACED: Mapping[UUID, str] = {}


@dataclass(frozen=True, slots=True)
class Armed:
    """How many things have a running, informed workflow, and how many workflows had come to their end before."""

    running: int
    ended: int


class Arming:
    """Starts or informs workflows, ``at_once`` of them at a time."""

    def __init__(self, client: Client, task_queue: str, *, at_once: int = AT_ONCE) -> None:
        self._client = client
        self._task_queue = task_queue
        self._at_once = at_once
        self._room = asyncio.Semaphore(at_once)

    async def arm(self, standing: StandingRow, trace: str | None = None) -> bool:
        """Start the workflow or tell the running one, in one call; False where it has run to its end already.

        Doing it again changes nothing: the workflow ignores versions it has seen. ``trace``: the trace this belongs
        to. Raises RPCError.
        """
        if trace is None:
            return await self._arm(standing)
        ids = {"duban.stream_id": str(standing.stream_id), "duban.version": standing.version}
        with span(f"relay {standing.kind}", ids, kind=SpanKind.PRODUCER, parent=context_of(trace)):
            return await self._arm(standing)

    async def _arm(self, standing: StandingRow) -> bool:
        watch = watch_of(standing)
        title = title_of(watch)
        try:
            async with self._room:
                await self._client.start_workflow(
                    WATCHED[standing.kind].workflow,
                    watch,
                    id=workflow_id(standing.kind, standing.stream_id),
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

    async def arm_all(
        self,
        standings: Iterable[StandingRow],
        armed: Callable[[], None] = lambda: None,
        traces: Mapping[UUID, str] = _UNTRACED,
    ) -> Armed:
        """Arm many; ``armed`` is called after each. Raises the first RPCError, after the calls under way."""
        waiting = iter(standings)
        answers: list[bool] = []
        failures: list[BaseException] = []

        async def work(rows: Iterator[StandingRow]) -> None:
            for standing in rows:
                if failures:
                    return
                try:
                    answers.append(await self.arm(standing, traces.get(standing.stream_id)))
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
