"""What only a real Temporal server shows: search attributes, texts for people, and histories continued as new."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.workflow import Info

from domain.item import commands as c
from domain.ladder import RUNGS
from services.embedded.databases import DatabaseAddresses
from tests.workflows.town import OFFICE, Town, town, working
from workflows.search_attributes import DUE_AT, RUNG, STEP, UNIT

CLIMBED = "item.rung_climbed.v1"


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the condition lies in other processes
            await asyncio.sleep(0.05)


async def top_of_the_ladder(place: Town, item_id: Any) -> None:
    async def reached() -> bool:
        return len(await place.events(item_id, CLIMBED)) >= len(RUNGS)

    await until(reached)
    assert [event.rung for event in await place.events(item_id, CLIMBED)] == list(RUNGS)


async def test_a_long_history_is_continued_as_new_without_losing_the_place(
    database: DatabaseAddresses, temporal_server: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Info, "is_continue_as_new_suggested", lambda self: self.get_current_history_length() > 12)
    client = await temporal_server.connect()
    runner = UnsandboxedWorkflowRunner()  # in the sandbox the patch would not be seen
    async with (
        town(database.app, client, datetime.now(UTC), hasty=True) as place,
        working(place, runner=runner),
    ):
        item_id = await place.report(datetime.now(UTC))
        await place.tell(item_id)
        watching = place.workflow(item_id)
        first_run = (await watching.describe()).run_id
        await top_of_the_ladder(place, item_id)
        described = await watching.describe()

        assert described.run_id != first_run
        assert described.typed_search_attributes[UNIT] == "city-management"
        await place.give(c.VoidItem, item_id, datetime.now(UTC), OFFICE, reason="试验结束")
        await place.tell(item_id)
        assert await watching.result() == "voided"


async def test_the_web_interface_shows_what_an_item_waits_for(database: DatabaseAddresses, temporal_server: Any):
    client = await temporal_server.connect()
    async with town(database.app, client, datetime.now(UTC), hasty=True) as place, working(place):
        item_id = await place.report(datetime.now(UTC))
        await place.tell(item_id)
        watching = place.workflow(item_id)
        described = await watching.describe()
        assert described.typed_search_attributes[STEP] == "dispatched"
        assert described.typed_search_attributes[DUE_AT] > datetime.now(UTC)
        assert "占道经营" in (await described.static_summary() or "")

        await top_of_the_ladder(place, item_id)

        async def shown() -> bool:
            return (await watching.describe()).typed_search_attributes.get(RUNG) == "hold_to_account"

        await until(shown)
        assert "待签收" in await watching.query("waiting_for")

        at = datetime.now(UTC)
        review_on = at + timedelta(days=30)
        await place.give(c.SuspendItem, item_id, at, OFFICE, reason="待资金", review_on=review_on)
        await place.tell(item_id)

        async def without_deadline() -> bool:
            return (await watching.describe()).typed_search_attributes.get(DUE_AT) is None

        await until(without_deadline)
        assert "缓办" in await watching.query("waiting_for")
        await watching.terminate()
