"""Lets follow-ups that fall due together share reads and transactions: ten thousand deadlines may end with one hour."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from typing import Protocol
from uuid import UUID

from domain.errors import Rejection
from services.handling.command_handler import CommandHandler, Wish
from services.handling.gathering import Gathering
from services.handling.receipts import Receipt
from services.store.event_store import EventStore
from services.store.records import StoredState


class Handling(Protocol):
    """What carries out commands, one at a time as the caller sees it."""

    async def handle(self, wish: Wish) -> Receipt:
        """Carry out one command. Raises a Rejection where a rule says no; the receipt is on disk when it returns."""
        ...


class States(Protocol):
    """What knows current states."""

    async def state(self, stream_id: UUID) -> StoredState | None:
        """Load the current state of one aggregate; None where the stream does not exist."""
        ...


class _Existing:
    """For the gathering: what it hands over is about aggregates that exist."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler

    async def handle_batch(self, wishes: Sequence[Wish]) -> Sequence[Receipt | Rejection]:
        return await self._handler.handle_together(wishes)


class FollowUpsTogether:
    """Carries out commands about aggregates that exist with others that come at the same moment."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler
        self._gathering = Gathering(_Existing(handler))

    async def handle(self, wish: Wish) -> Receipt:
        """As the handler does; what opens an aggregate or is serial goes its own way."""
        if wish.new or wish.aggregate.serial:
            return await self._handler.handle(wish)
        answer = await self._gathering.handle(wish)
        if isinstance(answer, Rejection):
            raise answer
        return answer


class StatesTogether:
    """Reads states with one question for all who ask while the question before is under way.

    Whoever asks gets what was committed before: a question is put after the last of its askers came.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._asked: dict[UUID, asyncio.Future[StoredState | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def state(self, stream_id: UUID) -> StoredState | None:
        """Load the current state of one aggregate; None where the stream does not exist."""
        answer = self._asked.get(stream_id)
        if answer is None:
            answer = self._asked[stream_id] = asyncio.get_running_loop().create_future()
        if self._reading is None:  # in a context of its own: what it reads belongs to all who asked
            self._reading = asyncio.create_task(self._read(), context=Context())
        return await asyncio.shield(answer)  # one who goes away leaves the answer to the others

    async def _read(self) -> None:
        try:
            while self._asked:
                await asyncio.sleep(0)  # who asks in this very moment comes along
                asked, self._asked = self._asked, {}
                await self._answer(asked)
        finally:
            self._reading = None

    async def _answer(self, asked: dict[UUID, asyncio.Future[StoredState | None]]) -> None:
        try:
            states = await self._store.states(list(asked))
        except Exception as failure:  # noqa: BLE001 - it belongs to those who asked
            for answer in asked.values():
                answer.set_exception(failure)
                answer.exception()  # seen, whoever of them still waits
            return
        for stream_id, answer in asked.items():
            answer.set_result(states.get(stream_id))
