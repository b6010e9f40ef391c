"""An act of supervision in the town, and everybody who acts on it, for tests on skipped time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.testing import WorkflowEnvironment

from activities.act_steps import ActSteps
from domain.accountability.values import RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.ladder import Rung
from domain.supervision import commands as c
from domain.supervision.state import ACTS, Act
from domain.supervision.values import ACT_OF_RUNG
from domain.text import Text
from services.documents.desk import Desk
from services.embedded.databases import DatabaseAddresses
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT
from services.handling.command_handler import Wish
from services.temporal.watched import workflow_id
from services.worker.act_port import ActsInStore
from tests.workflows.town import Town, town, working

SERVICE = Actor(principal="service:consequences", role=Role.SYSTEM)
A_MOMENT = timedelta(seconds=5)
TITLE = Text(zh="占道经营逾期未改", en="Stalls not removed in time")


@dataclass
class Issuing:
    """An act that an item's rung asks for, and those who act on it."""

    place: Town
    env: WorkflowEnvironment
    completion: ActCompletion
    act_id: UUID
    watched: bool = True

    @property
    def workflow(self) -> Any:
        return self.place.client.get_workflow_handle(workflow_id("act", self.act_id))

    @property
    def steps(self) -> ActSteps:
        return act_steps(self.place)

    async def plan(self, item_id: UUID, rung: Rung) -> None:
        now = await self.env.get_current_time()
        cause = RungCause(
            source="item",
            stream_id=item_id,
            number="2026-0000001",
            title=TITLE.zh,
            clock_id="accept-1",
            clock_kind=ClockKind.ACCEPT,
            rung=rung,
            climbed_at=now,
        )
        content = {"act_id": self.act_id, "kind": ACT_OF_RUNG[rung], "unit": "city-management", "title": TITLE}
        await self.do(c.PlanAct, SERVICE, cause=cause, **content)

    async def do(self, command: type[Any], actor: Actor, **content: Any) -> None:
        now = await self.env.get_current_time()
        asked = command(command_id=f"{command.__name__}:{self.act_id}", at=now, actor=actor, **content)
        await self.place.handler.handle(Wish(ACT, self.act_id, asked, completed=self.completion.of(asked)))
        if self.watched:
            await self.place.tell(self.act_id)

    async def state(self) -> Act:
        stored = await self.place.store.state(self.act_id)
        assert stored is not None
        return ACTS.validate_json(stored.state)

    async def events(self) -> list[Any]:
        return [ACT.events.validate_json(event.data) for event in await self.place.store.stream(self.act_id)]

    async def types(self) -> list[str]:
        return [event.type.split(".")[1] for event in await self.events()]

    async def pass_until(self, instant: datetime) -> None:
        await self.env.sleep(instant - await self.env.get_current_time() + A_MOMENT)


def completion_of(place: Town) -> ActCompletion:
    """What numbers and documents come from in the town."""
    return ActCompletion(Desk(place.store._pool))


def act_steps(place: Town) -> ActSteps:
    """The activities of the town's acts."""
    return ActSteps(ActsInStore(place.store, place.rulebooks, place.handler, completion_of(place)))


async def asked(
    place: Town, env: WorkflowEnvironment, rung: Rung, item_id: UUID | None = None, *, watched: bool = True
) -> Issuing:
    """An act that a rung of an item asks for, of a new one unless it is given."""
    act = Issuing(place, env, completion_of(place), uuid4(), watched=watched)
    await act.plan(item_id or await place.report(await env.get_current_time()), rung)
    return act


async def at_work(env: WorkflowEnvironment, place: Town) -> None:
    """Let time pass until people work."""
    calendar = (await place.rulebooks.current()).regime().calendar
    now = await env.get_current_time()
    await env.sleep(calendar.next_working_instant(now) - now + timedelta(minutes=10))


@asynccontextmanager
async def issuing(database: DatabaseAddresses, env: WorkflowEnvironment) -> AsyncGenerator[Town]:
    """A town where acts are watched, in working hours."""
    async with town(database.app, env.client, await env.get_current_time()) as place, working(place, act_steps(place)):
        await at_work(env, place)
        yield place
