"""Campaigns and obligations in the store: their list rows, their keys, and that folding their events gives the same."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest_asyncio

from domain.errors import Rejection
from domain.obligation.identity import duty_key, task_key
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import CAMPAIGN, OBLIGATION
from services.handling.command_handler import CommandHandler, Wish
from services.handling.folding import fold
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.rebuild import rebuild_current_states
from tests.domain import campaign_samples as c
from tests.domain import obligation_samples as o
from tests.domain.calendars import shanghai
from tests.domain.item_samples import RULES

BEFORE = shanghai(2026, 7, 20, 9)
ROWS = """
SELECT kind, number, status, open, campaign_id, unit, category, title, due_at, next_due_at, next_due, highest_rung,
       supporting
FROM es.current_state WHERE stream_id = ANY ($1) ORDER BY kind
"""
STATES = "SELECT * FROM es.current_state ORDER BY stream_id"


class FixedRules:
    """A rulebook that nobody publishes anything into."""

    async def current(self, *, newest=False):
        return RULES


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app) as opened:
        yield opened


async def test_a_campaign_and_what_it_is_owed_are_stored_listed_and_rebuilt(database, pool):
    campaign_id = f"county-{uuid4().hex[:8]}"
    plan = c.PLAN.model_copy(update={"campaign_id": campaign_id})
    campaign = CAMPAIGN.stream(campaign_id)
    duty = OBLIGATION.stream(duty_key(campaign_id, "daily-report", o.START, "city-management"))
    handler = CommandHandler(EventStore(pool), FixedRules())

    async def done(aggregate, stream, deed, at, **content):
        command = deed.with_(**content).as_command(at)
        return await handler.handle(Wish(aggregate, stream, command.model_copy(update={"command_id": str(uuid4())})))

    await done(CAMPAIGN, campaign, c.plan, BEFORE, plan=plan)
    receipt = await done(CAMPAIGN, campaign, c.start, BEFORE)
    assert (receipt.number, receipt.next_due) == (campaign_id, "open_phase")
    owing = {"obligation_id": duty, "campaign_id": campaign_id}
    await done(OBLIGATION, duty, o.assign_duty, o.START, **owing)
    receipt = await done(OBLIGATION, duty, o.follow_up, shanghai(2026, 11, 16, 15))
    assert receipt.events == (
        "obligation.rung_climbed.v1",
        "obligation.fell_overdue.v1",
        "obligation.rung_climbed.v1",
    )
    rows = [dict(row) for row in await pool.fetch(ROWS, [campaign, duty])]
    assert rows[0] == {
        "kind": "campaign",
        "number": campaign_id,
        "status": "running",
        "open": True,
        "campaign_id": campaign_id,
        "unit": "inspection",
        "category": "community",
        "title": "文明小区创建",
        "due_at": None,
        "next_due_at": shanghai(2026, 8, 3),
        "next_due": "open_phase",
        "highest_rung": None,
        "supporting": None,
    }
    assert rows[1] == {
        "kind": "obligation",
        "number": f"{campaign_id}/daily-report/20261116T0100Z/city-management",
        "status": "open",
        "open": True,
        "campaign_id": campaign_id,
        "unit": "city-management",
        "category": "duty",
        "title": "日报",
        "due_at": shanghai(2026, 11, 16, 15),
        "next_due_at": shanghai(2026, 11, 18, 15),
        "next_due": "supervise",
        "highest_rung": "remind",
        "supporting": None,
    }
    await done(OBLIGATION, duty, o.report_duty, shanghai(2026, 11, 16, 16))
    before = await pool.fetch(STATES)
    await rebuild_current_states(database.owner, fold)
    assert await pool.fetch(STATES) == before


async def test_the_same_occurrence_is_assigned_once_whoever_retries(pool):
    campaign_id = f"county-{uuid4().hex[:8]}"
    duty = OBLIGATION.stream(duty_key(campaign_id, "daily-report", o.START, "city-management"))
    handler = CommandHandler(EventStore(pool), FixedRules())
    command = o.assign_duty.with_(obligation_id=duty, campaign_id=campaign_id).as_command(o.START)
    first = command.model_copy(update={"command_id": str(uuid4())})
    once = await handler.handle(Wish(OBLIGATION, duty, first, new=True))
    assert await handler.handle(Wish(OBLIGATION, duty, first, new=True)) == once
    (again,) = await handler.handle_batch([Wish(OBLIGATION, duty, command, new=True)])
    assert isinstance(again, Rejection)
    assert again.code == "already_assigned"


async def test_supporting_units_find_their_tasks(pool):
    task = OBLIGATION.stream(task_key(f"county-{uuid4().hex[:8]}", "markets"))
    handler = CommandHandler(EventStore(pool), FixedRules())
    command = o.assign_task.with_(obligation_id=task).as_command(o.START)
    await handler.handle(Wish(OBLIGATION, task, command.model_copy(update={"command_id": str(uuid4())}), new=True))
    (row,) = await pool.fetch(ROWS, [task])
    assert (row["category"], row["next_due"], list(row["supporting"])) == ("task", "milestone", ["sanitation"])
