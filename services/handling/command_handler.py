"""Handles commands: one load, one decision, one append; a lost race is decided again, a repeated key answered again."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel

from domain.decider import Command
from domain.errors import Rejection
from domain.rulebook.rulebook import Rulebook, UnknownVersionError
from services.handling.aggregate import Aggregate
from services.handling.commanding import commanding
from services.handling.receipts import Receipt
from services.handling.rulebooks import RulebookSource
from services.store.event_store import EventStore
from services.store.records import Append, Appended, ListRow, NewEvent, Outcome, StoredState
from services.telemetry.tracing import traceparent

_ATTEMPTS = 20
_SERIALLY = "duban serial"
# Each holds a connection while documents are drawn up, or while it waits for another's number; the rest stay free.
_COMPLETED_AT_ONCE = 4
# What may differ when a client sends the same wish again: when it arrived, what was looked up or drawn for it.
_NOT_THE_REQUEST = {"at", "actor", "command_id", "number", "into_is_open", "documents"}


class KeyReused(Rejection):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class VersionMismatch(Rejection):
    """The aggregate is not at the version the client expected (If-Match)."""

    code = "version_mismatch"


class StillContended(RuntimeError):  # noqa: N818 - says what is the case
    """The race was lost every time: the aggregate changes faster than it can be read."""


Alongside = Callable[[PoolConnectionProxy], Awaitable[None]]
"""Reads or writes what belongs to a command and stands in no event, over the connection of its transaction."""


Completion = Callable[[PoolConnectionProxy, Command, Any, Rulebook], Awaitable[Command]]
"""Fills in what only a command's own transaction can tell, such as the next number without gaps, from the command, the
state before it and the rules. May refuse; what it writes is undone where the command is not carried out."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A command about one aggregate. ``new``: it opens the aggregate, so nothing needs to be loaded first.

    ``request_sha256`` stands for what the client asked where the command says more or less than that, such as an
    instant that was filled in; without it the command itself counts. Only aggregates that are serial have the others:
    ``beforehand`` is called when the command's turn has come and may refuse it; ``alongside`` is called once, when the
    events are written and with them, and not when a key comes again. Only aggregates that are not serial have
    ``completed``: those that take a number of the same series are carried out one after the other, in all processes.
    ``trace``: which trace it belongs to, as W3C writes it.
    """

    aggregate: Aggregate
    stream_id: UUID
    command: Command
    new: bool = False
    expected_version: int | None = None
    request_sha256: bytes | None = None
    beforehand: Alongside | None = None
    alongside: Alongside | None = None
    completed: Completion | None = None
    trace: str | None = None


class _LostRace(Exception):  # noqa: N818 - says what is the case
    """Nothing was appended, so everything else of the transaction must be undone too."""


CommandObserver = Callable[[Command, Receipt | Rejection], None]
"""Told of every command and what came of it; must be quick."""


class CommandHandler:
    """Decides commands against the event store; used by the gateway, the workflows' activities and the importer."""

    def __init__(self, store: EventStore, rulebooks: RulebookSource, observe: CommandObserver | None = None) -> None:
        self._store = store
        self._rulebooks = rulebooks
        self._observe = observe or _look_away
        self._completing = asyncio.Semaphore(_COMPLETED_AT_ONCE)

    async def handle(self, wish: Wish) -> Receipt:
        """Carry out one command. Raises a Rejection where a rule says no; the receipt is on disk when it returns."""
        try:
            with commanding(wish.command, wish.aggregate.kind, wish.stream_id) as trace:
                receipt = await self._handle(replace(wish, trace=trace) if trace else wish)
        except Rejection as rejection:
            self._observe(wish.command, rejection)
            raise
        self._observe(wish.command, receipt)
        return receipt

    async def _handle(self, wish: Wish) -> Receipt:
        if wish.completed is not None:
            return await self._append_completed(wish, wish.completed)
        if not wish.aggregate.serial:
            return await self._append_alone(self._store, wish)
        async with self._store.exclusively(_SERIALLY) as connection:
            if wish.beforehand is not None:
                await wish.beforehand(connection)
            return await self._append_alone(EventStore(connection), wish, connection)

    async def _append_completed(self, wish: Wish, completed: Completion) -> Receipt:
        """Complete, decide and append in one transaction, so that a number is taken when, and only when, it is used."""
        for _ in range(_ATTEMPTS):
            try:
                answered = await self.answered_before(wish)
                if answered is not None:
                    return answered
                async with self._completing, self._store.together() as connection:
                    return await self._complete(wish, completed, connection)
            except (_LostRace, UnknownVersionError):
                continue
            except Rejection:
                answered = await self.answered_before(wish)
                if answered is None:
                    raise
                return answered
        raise StillContended(str(wish.stream_id))

    async def _complete(self, wish: Wish, completed: Completion, connection: PoolConnectionProxy) -> Receipt:
        rules, store = await self._rulebooks.current(newest=True), EventStore(connection)
        stored = await _stored(store, wish)
        before: Any = wish.aggregate.states.validate_json(stored.state) if stored else None
        command = await completed(connection, wish.command, before, rules)
        append, receipt = _decide(replace(wish, command=command), stored, rules)
        if append is None:
            return receipt
        (outcome,) = await store.append([append])
        if outcome.outcome is not Outcome.APPENDED:
            raise _LostRace
        return receipt

    async def _append_alone(
        self, store: EventStore, wish: Wish, connection: PoolConnectionProxy | None = None
    ) -> Receipt:
        """Decide and append until the race is won; with the connection of a transaction, inside it."""
        for attempt in range(_ATTEMPTS):
            rules = await self._rulebooks.current(newest=attempt > 0 or connection is not None)
            stored = None if wish.new and attempt == 0 else await _stored(store, wish)
            try:
                append, receipt = _decide(wish, stored, rules)
                companion = await _companion(store, wish, stored, rules)
            except UnknownVersionError:
                continue  # the rulebook is a moment old; it is loaded anew
            except Rejection:
                answered = await self.answered_before(wish)
                if answered is None:
                    raise
                return answered
            if append is None:
                return receipt
            if companion is None:
                (outcome,) = await store.append([append])
            else:
                outcome, _ = await store.append_all_or_none([append, companion])
            if outcome.outcome is Outcome.APPENDED and connection is not None and wish.alongside is not None:
                await wish.alongside(connection)
            if outcome.outcome is not Outcome.CONFLICT:
                return _answer(outcome, receipt)
        raise StillContended(str(wish.stream_id))

    async def handle_batch(self, wishes: Sequence[Wish]) -> list[Receipt | Rejection]:
        """Carry out commands about different new aggregates in one transaction; each succeeds or is refused for itself.

        Keys and streams may repeat: a later one is handled after the batch, alone.
        """
        answers = await self._handle_batch(_traced(wishes))
        for wish, answer in zip(wishes, answers, strict=True):
            self._observe(wish.command, answer)
        return answers

    async def handle_together(self, wishes: Sequence[Wish]) -> list[Receipt | Rejection]:
        """Carry out commands about different aggregates that exist, none of them serial, in one transaction.

        Each succeeds or is refused for itself; streams and keys may repeat, as in a batch.
        """
        wishes = _traced(wishes)
        states = await self._store.states([wish.stream_id for wish in wishes])
        answers: list[Receipt | Rejection | None] = [None] * len(wishes)
        rules = await self._rulebooks.current()
        alone = await _append_together(self._store, rules, wishes, answers, states)
        together = await self._each_alone(wishes, alone, answers)
        for wish, answer in zip(wishes, together, strict=True):
            self._observe(wish.command, answer)
        return together

    async def _handle_batch(self, wishes: Sequence[Wish]) -> list[Receipt | Rejection]:
        answers: list[Receipt | Rejection | None] = [None] * len(wishes)
        if any(wish.aggregate.serial for wish in wishes):
            async with self._store.exclusively(_SERIALLY) as connection:
                rules = await self._rulebooks.current(newest=True)
                alone = await _append_together(EventStore(connection), rules, wishes, answers)
        else:
            alone = await _append_together(self._store, await self._rulebooks.current(), wishes, answers)
        return await self._each_alone(wishes, alone, answers)

    async def _each_alone(
        self, wishes: Sequence[Wish], alone: Sequence[int], answers: list[Receipt | Rejection | None]
    ) -> list[Receipt | Rejection]:
        for index in alone:
            try:
                answers[index] = await self._handle(wishes[index])
            except Rejection as rejection:
                answers[index] = rejection
        return [answer for answer in answers if answer is not None]

    async def answered_before(self, wish: Wish) -> Receipt | None:
        """What the same request was answered under its key, None where the key is new; raises KeyReused."""
        found = await self._store.answer_for(wish.command.command_id)
        if found is None:
            return None
        request_sha256, answer = found
        if request_sha256 != _request_sha256(wish):
            raise KeyReused(key=wish.command.command_id)
        return Receipt.model_validate_json(answer)


async def _append_together(
    store: EventStore,
    rules: Rulebook,
    wishes: Sequence[Wish],
    answers: list[Receipt | Rejection | None],
    states: Mapping[UUID, StoredState] | None = None,
) -> list[int]:
    """Append what can be appended in one go and fill in its answers; returns the places of those to handle alone.

    ``states`` of aggregates that exist; without them only what is new goes together.
    """
    known = states or {}
    pending: list[tuple[int, Append, Receipt]] = []
    alone: list[int] = []
    taken: set[object] = set()
    for index, wish in enumerate(wishes):
        names = {wish.stream_id, wish.command.command_id}
        stored = known.get(wish.stream_id)
        strange = stored.kind != wish.aggregate.kind if stored else not wish.new
        in_turn = wish.beforehand or wish.alongside or wish.completed
        if strange or in_turn or taken & names or _brought(wish, stored) is not None:
            alone.append(index)
            continue
        try:
            append, receipt = _decide(wish, stored, rules)
        except (Rejection, UnknownVersionError):
            alone.append(index)
            continue
        if append is None:
            answers[index] = receipt
        else:
            taken |= names
            pending.append((index, append, receipt))
    outcomes = await store.append([append for _, append, _ in pending])
    for (index, _, receipt), outcome in zip(pending, outcomes, strict=True):
        if outcome.outcome is Outcome.CONFLICT:
            alone.append(index)
        elif outcome.outcome is Outcome.KEY_REUSED:
            answers[index] = KeyReused(key=wishes[index].command.command_id)
        else:
            answers[index] = _answer(outcome, receipt)
    return alone


async def _stored(store: EventStore, wish: Wish) -> StoredState | None:
    stored = await store.state(wish.stream_id)
    # An id from outside may be that of something else: then there is no such aggregate.
    return stored if stored is not None and stored.kind == wish.aggregate.kind else None


async def _companion(store: EventStore, wish: Wish, stored: StoredState | None, rules: Rulebook) -> Append | None:
    """What the command brings with it for another aggregate, decided on that one's state; raises what forbids it."""
    brought = _brought(wish, stored)
    if brought is None:
        return None
    stream_id, command = brought
    other = Wish(wish.aggregate, stream_id, command, trace=wish.trace)
    append, _ = _decide(other, await _stored(store, other), rules)
    return append


def _brought(wish: Wish, stored: StoredState | None) -> tuple[UUID, Command] | None:
    if stored is None:
        return None
    return wish.aggregate.companion(wish.command, wish.aggregate.states.validate_json(stored.state))


def _traced(wishes: Sequence[Wish]) -> Sequence[Wish]:
    """The same, those without a trace of their own in the one under way."""
    here = traceparent()
    return wishes if here is None else [wish if wish.trace else replace(wish, trace=here) for wish in wishes]


def _look_away(_command: Command, _answer: Receipt | Rejection) -> None:
    return


def _decide(wish: Wish, stored: StoredState | None, rules: Rulebook) -> tuple[Append | None, Receipt]:
    aggregate, command = wish.aggregate, wish.command
    version = stored.version if stored else 0
    if wish.expected_version is not None and wish.expected_version != version:
        raise VersionMismatch(expected=wish.expected_version, actual=version)
    before: Any = aggregate.states.validate_json(stored.state) if stored else None
    events = aggregate.decide(command, before, rules)
    state = before
    for event in events:
        state = aggregate.evolve(state, event)
    row = aggregate.row(state)
    receipt = _receipt(wish, version + len(events), row, events)
    if not events:
        return None, receipt
    append = Append(
        key=command.command_id,
        request_sha256=_request_sha256(wish),
        stream_id=wish.stream_id,
        kind=aggregate.kind,
        expected_version=version,
        actor=command.actor.principal,
        actor_role=command.actor.role,
        campaign_id=row.campaign_id,
        unit=row.unit,
        area=row.area,
        events=tuple(new_event(event) for event in events),
        state=state.model_dump_json().encode(),
        row=row,
        answer=receipt.model_dump_json().encode(),
        trace=wish.trace,
    )
    return append, receipt


def new_event(event: Any) -> NewEvent:
    """An event of the domain as the store writes it; the version of its shape stands at the end of its type."""
    name: str = event.type
    return NewEvent(
        event_id=uuid4(),
        type=name,
        schema_version=int(name.rpartition(".v")[2]),
        occurred_at=event.occurred_at,
        data=event.model_dump_json(exclude_none=True).encode(),
    )


def _receipt(wish: Wish, version: int, row: ListRow, events: Sequence[BaseModel]) -> Receipt:
    return Receipt(
        id=wish.stream_id,
        number=row.number,
        version=version,
        status=row.status,
        due_at=row.due_at,
        next_due_at=row.next_due_at,
        next_due=row.next_due,
        events=tuple(event.type for event in events),  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
    )


def _answer(outcome: Appended, receipt: Receipt) -> Receipt:
    if outcome.outcome is Outcome.KEY_REUSED:
        raise KeyReused(key=str(receipt.id))
    if outcome.outcome is Outcome.REPLAYED and outcome.answer is not None:
        return Receipt.model_validate_json(outcome.answer)
    return receipt


def _request_sha256(wish: Wish) -> bytes:
    if wish.request_sha256 is not None:
        return wish.request_sha256
    content = wish.command.model_dump_json(exclude=_NOT_THE_REQUEST)
    return hashlib.sha256(f"{type(wish.command).__name__} {wish.stream_id} {content}".encode()).digest()
