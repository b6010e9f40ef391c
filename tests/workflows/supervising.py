"""A town where everything that supervises runs: sequencer, relay, consequences and worker, on skipped time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.testing import WorkflowEnvironment

from domain.accountability import commands as c
from domain.accountability.rules import BOTTOM_OF_THE_WEEK, AccountabilityRules
from domain.accountability.state import Case
from domain.actor import Actor, Role
from domain.organisation.commands import RegisterUnit
from domain.organisation.state import Unit
from domain.rulebook.commands import PublishPolicy
from domain.supervision.state import Act
from domain.text import Text
from services.consequences.process import SUBSCRIPTION, Consequences
from services.documents.desk import Desk
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ACT, CASE, POLICY, UNIT
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.relay.relay import Relay, Shard
from services.sequencer.sequencer import Sequencer
from services.store.pools import open_pool
from services.temporal.watched import workflow_id
from services.worker.worker import make_worker
from tests.workflows.town import OFFICE, Town, town

HEAD = Actor(principal="user:head", role=Role.LEADER)
DEPUTY = Actor(principal="user:deputy", role=Role.LEADER)
UNITS = ("first", "second", "third", "fourth", "city-management")
_A_MOMENT = timedelta(seconds=2)
_LOOK_AGAIN = timedelta(minutes=15)
_PIPELINE_SECONDS = 60
_READERS = (Shard().subscription, SUBSCRIPTION)


@dataclass
class Supervising:
    """The town, its time, and what came to be in it."""

    place: Town
    pool: asyncpg.Pool
    env: WorkflowEnvironment
    _keys: Any = field(default_factory=lambda: count(1))

    async def now(self) -> datetime:
        return await self.env.get_current_time()

    async def settle(self) -> None:
        """Let everything happen that follows by now, and from what follows, until nothing does."""
        seen = -1
        while (events := await self.pool.fetchval("SELECT count(*) FROM es.event")) != seen:
            seen = events
            async with asyncio.timeout(_PIPELINE_SECONDS):
                while not await self._caught_up():  # noqa: ASYNC110 - it lies in other processes
                    await asyncio.sleep(0.01)
            await self.env.sleep(_A_MOMENT)

    async def pass_until(self, instant: datetime) -> None:
        """Let time pass, stopping at every instant at which something falls due."""
        await self.settle()
        while (now := await self.now()) < instant:
            due = await self.pool.fetchval("SELECT min(next_due_at) FROM es.current_state WHERE kind <> 'campaign'")
            # What is late already waits for working hours.
            step = _LOOK_AGAIN if due is None or due <= now else due - now
            await self.env.sleep(min(step, instant - now) + timedelta(seconds=1))
            await self.settle()

    async def pass_time(self, span: timedelta) -> None:
        await self.pass_until(await self.now() + span)

    async def _caught_up(self) -> bool:
        query = """
            SELECT (SELECT count(*) FROM es.event) = min(pos) + 1 FROM es.subscription WHERE name = ANY ($1)
            HAVING count(*) = 2"""
        return bool(await self.pool.fetchval(query, list(_READERS)))

    async def acts(self, unit: str) -> list[Act]:
        """The unit's acts, in the order in which they were planned."""
        return [ACT.states.validate_json(state) for state in await self._states(ACT.kind, unit)]

    async def case(self, unit: str) -> Case:
        """The unit's one case."""
        (state,) = await self._states(CASE.kind, unit)
        return CASE.states.validate_json(state)

    async def _states(self, kind: str, unit: str) -> list[bytes]:
        query = "SELECT state FROM es.current_state WHERE kind = $1 AND unit = $2 ORDER BY reported_at, category"
        return [row["state"] for row in await self.pool.fetch(query, kind, unit)]

    async def case_events(self, case_id: UUID) -> list[str]:
        return [stored.type for stored in await self.place.store.stream(case_id)]

    async def handle(self, case_id: UUID, command: type[Any], actor: Actor, **content: Any) -> Receipt:
        """Somebody does something about a case now, and it is drawn up as the gateway has it drawn up."""
        key = f"supervising:{next(self._keys)}"
        wish = command(command_id=key, at=await self.now(), actor=actor, **content)
        completed = CaseCompletion(Desk(self.pool)).of(wish)
        receipt = await self.place.handler.handle(Wish(CASE, case_id, wish, completed=completed))
        await self.settle()
        return receipt

    async def find(self, case_id: UUID, proposed: Any) -> None:
        await self.handle(case_id, c.RecordFinding, OFFICE, finding="经查属实，未采取措施。", proposed=proposed)

    async def decide(self, case_id: UUID, measure: Any) -> None:
        await self.handle(case_id, c.DecideCase, HEAD, measure=measure, reasons="逾期未办，情节明显。")

    def workflow(self, kind: str, stream_id: UUID) -> Any:
        return self.place.client.get_workflow_handle(workflow_id(kind, stream_id))

    async def documents(self) -> dict[str, bytes]:
        """Every document that was issued, by its hash."""
        rows = await self.pool.fetch("SELECT encode(sha256, 'hex') AS sha256, content FROM es.document")
        return {row["sha256"]: bytes(row["content"]) for row in rows}


@asynccontextmanager
async def supervising(database: DatabaseAddresses, env: WorkflowEnvironment) -> AsyncGenerator[Supervising]:
    """A town of several units with rules about rankings, and everything at work in it."""
    now, stopping = await env.get_current_time(), asyncio.Event()
    async with town(database.app, env.client, now, task_queue="supervising") as place:
        pool = await open_pool(database.app)
        tasks = [
            asyncio.create_task(Sequencer(database.sequencer).run(stopping)),
            asyncio.create_task(Relay(pool, place.arming).run(stopping)),
            asyncio.create_task(Consequences(pool, place.handler, place.rulebooks).run(stopping)),
        ]
        found = Supervising(place, pool, env)
        try:
            await _publish(place, now)
            async with make_worker(env.client, pool, "supervising"):
                yield found
                await _terminate(found)
        finally:
            stopping.set()
            await asyncio.gather(*tasks)
            await pool.close()


async def _publish(place: Town, at: datetime) -> None:
    for code in UNITS[:-1]:
        unit = Unit(code=code, name=Text(zh=f"{code}局", en=code))
        register = RegisterUnit(command_id=f"unit:{code}", at=at, actor=OFFICE, unit=unit)
        await place.handler.handle(Wish(UNIT, UNIT.stream(code), register, new=True))
    policy = (await place.rulebooks.current(newest=True)).regime().policy
    rules = AccountabilityRules(rankings=(BOTTOM_OF_THE_WEEK,))
    document = policy.model_copy(update={"version": 2, "accountability": rules})
    publish = PublishPolicy(command_id="policy:2", at=at, actor=OFFICE, document=document)
    await place.handler.handle(Wish(POLICY, POLICY.stream("city@2"), publish, new=True))
    await place.rulebooks.current(newest=True)


async def _terminate(found: Supervising) -> None:
    """What is not over would hold up the time of other tests: without a worker its timers never end."""
    for stream_id in await found.place.standings.unfinished():
        (standing,) = await found.place.standings.of([stream_id])
        await found.workflow(standing.kind, stream_id).terminate()
