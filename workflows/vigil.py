"""Watching over one thing for as long as it lasts: wait for what falls due or for newer notice, act, and go on."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices import ItemWatch, Notice, Watch
    from workflows.promptly import RefusedError
    from workflows.search_attributes import changes_between
    from workflows.until import until
    from workflows.words import Words

W = TypeVar("W", ItemWatch, Watch)

# A refusal, or an answer that brings nothing new, is a fault somewhere else: ask again later, not at once.
_PATIENCE = timedelta(minutes=10)


class UnknownDueError(Exception):
    """This worker does not know what fell due: it is older than the rules. A newer one carries on with the task."""


class Vigil(Generic[W]):
    """What a workflow knows about what it watches, and the loop that all such workflows share.

    The answers of activities and the notices of the relay both carry the version they speak of; the newest counts.
    """

    def __init__(self, watch: W, words: Words) -> None:
        self._watch = watch
        self._words = words
        self._known = watch.notice
        self._show()

    async def keep(self, act: Callable[[Notice, datetime], Awaitable[Notice]]) -> str:
        """Watch until it is over; returns the step it ended at.

        ``act`` does what is due, as last known, at an instant, and answers with what comes next.
        """
        while not self._known.over:
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._watch.model_copy(update={"notice": self._known}))
            if await self._wait_until(self._known.next_due_at):
                await self._follow_up(act)
        return self._known.step

    def hear(self, newer: Notice) -> None:
        """Somebody acted: another step, or another deadline."""
        if newer.version > self._known.version:
            self._take(newer)

    def waiting_for(self) -> str:
        """One line for people."""
        return self._words.waiting_for(self._known)

    async def _follow_up(self, act: Callable[[Notice, datetime], Awaitable[Notice]]) -> None:
        """The instant has come: do what is due, and learn what comes next."""
        waited = self._known
        try:
            answer = await act(waited, workflow.now())
        except RefusedError as refused:
            workflow.logger.warning("follow-up refused: %s", refused, extra={"due": waited.next_due})
            answer = waited
        # What the event store says counts, unless a newer notice came meanwhile.
        if answer.version >= self._known.version or self._known is waited:
            self._take(answer)
        if self._known.waits_as(waited) and self._known.version == waited.version:
            await self._wait_until(workflow.now() + _PATIENCE)

    async def _wait_until(self, instant: datetime | None) -> bool:
        """Wait; False when something else is to be done first."""
        waited = self._known

        def interrupted() -> bool:
            newer = self._known.over or not self._known.waits_as(waited)
            return newer or workflow.info().is_continue_as_new_suggested()

        return await until(instant, unless=interrupted, summary=self._words.waiting_for(waited))

    def _take(self, notice: Notice) -> None:
        changes = changes_between(self._known, notice)
        self._known = notice
        self._show()
        if changes:
            workflow.upsert_search_attributes(changes)  # pyright: ignore[reportUnknownMemberType]

    def _show(self) -> None:
        workflow.set_current_details(self._words.details(self._watch, self._known))
