"""Follow-ups that fall due together share reads and transactions; each is answered for itself."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import pytest

from domain.actor import Actor, Role
from domain.decider import Command
from domain.errors import Rejection
from domain.item.rejections import NoSuchItem
from services.handling.aggregates import ITEM, UNIT
from services.handling.command_handler import CommandHandler, Wish
from services.handling.follow_ups import FollowUpsTogether, StatesTogether
from services.handling.receipts import Receipt
from services.store.event_store import EventStore
from services.store.records import ListRow, StoredState

NOBODY = Actor(principal="nobody", role=Role.SYSTEM)


class Recording:
    """A handler that notes what came together and what came alone."""

    def __init__(self) -> None:
        self.together: list[int] = []
        self.alone: list[UUID] = []
        self.refused: set[UUID] = set()

    async def handle_together(self, wishes: Sequence[Wish]) -> list[Receipt | Rejection]:
        await asyncio.sleep(0)
        self.together.append(len(wishes))
        return [NoSuchItem() if wish.stream_id in self.refused else receipt(wish) for wish in wishes]

    async def handle(self, wish: Wish) -> Receipt:
        self.alone.append(wish.stream_id)
        return receipt(wish)


class Store:
    """Answers when it is let, with what it holds at that moment."""

    def __init__(self) -> None:
        self.held: dict[UUID, StoredState] = {}
        self.asked: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    async def states(self, stream_ids: Sequence[UUID]) -> dict[UUID, StoredState]:
        self.asked.append(len(stream_ids))
        found = {each: self.held[each] for each in stream_ids if each in self.held}
        await self.gate.wait()
        if self.away:
            raise ConnectionRefusedError
        return found


def receipt(wish: Wish) -> Receipt:
    return Receipt(id=wish.stream_id, number=None, version=1, status=None, events=())


def a_wish(*, new: bool = False) -> Wish:
    command = Command(command_id=str(uuid4()), at=datetime(2026, 11, 20, tzinfo=UTC), actor=NOBODY)
    return Wish(ITEM, uuid4(), command, new=new)


def a_state(stream_id: UUID, version: int = 1) -> StoredState:
    return StoredState(
        stream_id=stream_id,
        kind="item",
        version=version,
        state=b"{}",
        row=ListRow(),
        updated_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


async def turns() -> None:
    """Let every task that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def handler() -> Recording:
    return Recording()


@pytest.fixture
def follow_ups(handler: Recording) -> FollowUpsTogether:
    return FollowUpsTogether(cast("CommandHandler", handler))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def states(store: Store) -> StatesTogether:
    return StatesTogether(cast("EventStore", store))


async def test_follow_ups_of_one_moment_are_one_transaction(handler: Recording, follow_ups: FollowUpsTogether) -> None:
    wishes = [a_wish() for _ in range(40)]
    assert await asyncio.gather(*map(follow_ups.handle, wishes)) == [receipt(wish) for wish in wishes]
    assert len(handler.together) < 4
    assert sum(handler.together) == 40


async def test_a_refusal_is_the_refused_ones_alone(handler: Recording, follow_ups: FollowUpsTogether) -> None:
    good, bad = a_wish(), a_wish()
    handler.refused = {bad.stream_id}
    answer, refusal = await asyncio.gather(follow_ups.handle(good), follow_ups.handle(bad), return_exceptions=True)
    assert answer == receipt(good)
    assert isinstance(refusal, NoSuchItem)


async def test_what_opens_an_aggregate_goes_its_own_way(handler: Recording, follow_ups: FollowUpsTogether) -> None:
    wish = a_wish(new=True)
    await follow_ups.handle(wish)
    assert handler.alone == [wish.stream_id]


async def test_what_is_serial_goes_its_own_way(handler: Recording, follow_ups: FollowUpsTogether) -> None:
    assert UNIT.serial
    wish = Wish(UNIT, uuid4(), a_wish().command)
    await follow_ups.handle(wish)
    assert handler.alone == [wish.stream_id]


async def test_states_asked_for_at_one_moment_are_one_question(store: Store, states: StatesTogether) -> None:
    ids = [uuid4() for _ in range(30)]
    store.held = {each: a_state(each) for each in ids[:20]}
    found = await asyncio.gather(*map(states.state, ids))
    assert found == [store.held.get(each) for each in ids]
    assert store.asked == [30]


async def test_nobody_is_told_what_was_read_before_they_asked(store: Store, states: StatesTogether) -> None:
    item = uuid4()
    store.held = {item: a_state(item, 1)}
    store.gate.clear()
    early = asyncio.create_task(states.state(item))
    await turns()
    store.held = {item: a_state(item, 2)}
    late = asyncio.create_task(states.state(item))
    await turns()
    store.gate.set()
    versions = [found.version for found in await asyncio.gather(early, late) if found]
    assert versions == [1, 2]


async def test_an_outage_is_told_to_all_and_later_ones_are_served(store: Store, states: StatesTogether) -> None:
    store.away = True
    failures = await asyncio.gather(*(states.state(uuid4()) for _ in range(3)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {ConnectionRefusedError}
    store.away = False
    assert await states.state(uuid4()) is None


async def test_one_who_goes_away_does_not_take_the_answer_along(store: Store, states: StatesTogether) -> None:
    item = uuid4()
    store.held = {item: a_state(item)}
    store.gate.clear()
    leaving, staying = asyncio.create_task(states.state(item)), asyncio.create_task(states.state(item))
    await turns()
    leaving.cancel()
    await turns()
    store.gate.set()
    assert await staying == store.held[item]
