"""Gathering reports: those that come together are written together, and each is answered for itself."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import pytest

from domain.actor import Actor, Role
from domain.decider import Command
from domain.errors import Rejection
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, Wish
from services.handling.gathering import Gathering
from services.handling.receipts import Receipt

NOBODY = Actor(principal="nobody", role=Role.SYSTEM)


class Recording:
    """A handler that notes what it was given together, and waits where it is told to."""

    def __init__(self) -> None:
        self.together: list[int] = []
        self.gate = asyncio.Event()
        self.poison: set[UUID] = set()
        self.away = False

    async def handle_batch(self, wishes: Sequence[Wish]) -> list[Receipt | Rejection]:
        self.together.append(len(wishes))
        await self.gate.wait()
        if self.away:
            raise ConnectionRefusedError
        if self.poison & {wish.stream_id for wish in wishes}:
            raise ZeroDivisionError
        return [receipt(wish) for wish in wishes]


def receipt(wish: Wish) -> Receipt:
    return Receipt(id=wish.stream_id, number=None, version=1, status=None, events=())


def a_wish() -> Wish:
    command = Command(command_id="report", at=datetime(2026, 11, 20, tzinfo=UTC), actor=NOBODY)
    return Wish(ITEM, uuid4(), command, new=True)


async def turns() -> None:
    """Let every task that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def handler() -> Recording:
    return Recording()


@pytest.fixture
def reports(handler: Recording) -> Gathering:
    return Gathering(cast("CommandHandler", handler))


async def test_reports_that_wait_are_written_together(handler: Recording, reports: Gathering) -> None:
    wishes = [a_wish() for _ in range(12)]
    asked = [asyncio.create_task(reports.handle(wishes[0]))]
    await turns()
    asked += [asyncio.create_task(reports.handle(wish)) for wish in wishes[1:]]
    await turns()
    handler.gate.set()
    assert await asyncio.gather(*asked) == [receipt(wish) for wish in wishes]
    assert handler.together == [1, 11]


async def test_many_that_wait_do_not_wait_for_a_slow_writer(handler: Recording, reports: Gathering) -> None:
    asked = [asyncio.create_task(reports.handle(a_wish()))]
    await turns()
    asked += [asyncio.create_task(reports.handle(a_wish())) for _ in range(40)]
    await turns()
    assert handler.together == [1, 40]
    handler.gate.set()
    assert len(await asyncio.gather(*asked)) == 41


async def test_the_next_report_is_served_however_soon_it_comes(handler: Recording, reports: Gathering) -> None:
    handler.gate.set()
    for _ in range(100):
        wish = a_wish()
        async with asyncio.timeout(60):
            assert await reports.handle(wish) == receipt(wish)


async def test_a_report_that_breaks_the_handler_does_not_spoil_the_others(
    handler: Recording, reports: Gathering
) -> None:
    good, bad = [a_wish() for _ in range(5)], a_wish()
    handler.poison = {bad.stream_id}
    handler.gate.set()
    *answers, failure = await asyncio.gather(*map(reports.handle, [*good, bad]), return_exceptions=True)
    assert answers == [receipt(wish) for wish in good]
    assert isinstance(failure, ZeroDivisionError)


async def test_while_the_database_is_away_everybody_is_told_and_later_ones_are_served(
    handler: Recording, reports: Gathering
) -> None:
    handler.away = True
    handler.gate.set()
    failures = await asyncio.gather(*(reports.handle(a_wish()) for _ in range(5)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {ConnectionRefusedError}
    handler.away = False
    wish = a_wish()
    assert await reports.handle(wish) == receipt(wish)


async def test_one_who_goes_away_does_not_disturb_the_others(handler: Recording, reports: Gathering) -> None:
    leaving, staying = a_wish(), a_wish()
    asked = [asyncio.create_task(reports.handle(wish)) for wish in (leaving, staying)]
    await asyncio.sleep(0)
    asked[0].cancel()
    handler.gate.set()
    assert await asked[1] == receipt(staying)
    assert await reports.handle(leaving) == receipt(leaving)
