"""A reader of the log keeps its place, and loses it to whoever acquires it after."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store.pools import open_pool
from services.store.subscriptions import FencedOffError, Subscriptions


@pytest_asyncio.fixture
async def subscriptions(database: DatabaseAddresses) -> AsyncIterator[Subscriptions]:
    async with await open_pool(database.app) as pool:
        yield Subscriptions(pool)


async def test_a_new_subscription_stands_before_the_first_event(subscriptions: Subscriptions) -> None:
    assert await subscriptions.position("relay") == -1
    assert await subscriptions.acquire("relay") == 1
    assert await subscriptions.position("relay") == -1


async def test_the_place_is_kept_for_the_next_holder(subscriptions: Subscriptions) -> None:
    await subscriptions.advance("relay", await subscriptions.acquire("relay"), 41)
    assert await subscriptions.acquire("relay") == 2
    assert await subscriptions.position("relay") == 41


async def test_a_former_holder_is_fenced_off(subscriptions: Subscriptions) -> None:
    former = await subscriptions.acquire("relay")
    holder = await subscriptions.acquire("relay")
    with pytest.raises(FencedOffError):
        await subscriptions.advance("relay", former, 10)
    await subscriptions.advance("relay", holder, 5)
    with pytest.raises(FencedOffError):
        await subscriptions.rewind("relay", former)
    assert await subscriptions.position("relay") == 5


async def test_a_place_goes_back_only_when_asked_to(subscriptions: Subscriptions) -> None:
    epoch = await subscriptions.acquire("relay")
    await subscriptions.advance("relay", epoch, 10)
    await subscriptions.advance("relay", epoch, 10)
    with pytest.raises(FencedOffError):
        await subscriptions.advance("relay", epoch, 9)
    await subscriptions.rewind("relay", epoch)
    assert await subscriptions.position("relay") == -1


async def test_nobody_advances_what_nobody_acquired(subscriptions: Subscriptions) -> None:
    with pytest.raises(FencedOffError):
        await subscriptions.advance("unknown", 1, 0)
