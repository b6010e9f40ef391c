"""An accountability case in the town, and everybody who acts on it, for tests on skipped time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.testing import WorkflowEnvironment

from activities.case_steps import CaseSteps
from domain.accountability import commands as c
from domain.accountability.state import CASES, Case, running_clock
from domain.accountability.values import RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.ladder import Rung
from domain.text import Text
from services.documents.desk import Desk
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import CASE
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import Wish
from services.temporal.watched import workflow_id
from services.worker.case_port import CasesInStore
from tests.workflows.town import Town, town, working

SERVICE = Actor(principal="service:consequences", role=Role.SYSTEM)
LEADER = Actor(principal="user:leader", role=Role.LEADER)
DEPUTY = Actor(principal="user:deputy", role=Role.LEADER)
A_MOMENT = timedelta(seconds=5)
TITLE = Text(zh="占道经营逾期未改", en="Stalls not removed in time")


@dataclass
class Accused:
    """A case in the town, and those who act on it."""

    place: Town
    env: WorkflowEnvironment
    completion: CaseCompletion
    steps: CaseSteps
    case_id: UUID
    watched: bool = True

    @property
    def workflow(self) -> Any:
        return self.place.client.get_workflow_handle(workflow_id("case", self.case_id))

    async def do(self, command: type[Any], actor: Actor, **content: Any) -> None:
        now = await self.env.get_current_time()
        asked = command(command_id=f"{command.__name__}:{self.case_id}", at=now, actor=actor, **content)
        await self.place.handler.handle(Wish(CASE, self.case_id, asked, completed=self.completion.of(asked)))
        if self.watched:
            await self.place.tell(self.case_id)

    async def open(self) -> None:
        cause = RungCause(
            source="item",
            stream_id=uuid4(),
            number="2026-0000001",
            title=TITLE.zh,
            clock_id="rectify-1",
            clock_kind=ClockKind.RECTIFY,
            rung=Rung.HOLD_TO_ACCOUNT,
            climbed_at=await self.env.get_current_time(),
        )
        await self.do(c.OpenCase, SERVICE, case_id=self.case_id, unit="city-management", title=TITLE, cause=cause)

    async def state(self) -> Case:
        stored = await self.place.store.state(self.case_id)
        assert stored is not None
        return CASES.validate_json(stored.state)

    async def events(self, *kinds: type[Any]) -> list[Any]:
        stored = await self.place.store.stream(self.case_id)
        found = [CASE.events.validate_json(event.data) for event in stored]
        return [event for event in found if not kinds or isinstance(event, kinds)]

    async def pass_the_deadline(self) -> datetime:
        """Let the running clock run out; returns its due instant."""
        clock = running_clock(await self.state())
        assert clock is not None
        assert clock.due_at is not None
        await self.env.sleep(clock.due_at - await self.env.get_current_time() + A_MOMENT)
        return clock.due_at

    async def pass_until_notified(self) -> None:
        calendar = (await self.place.rulebooks.current()).regime().calendar
        now = await self.env.get_current_time()
        await self.env.sleep(calendar.next_working_instant(now) - now + A_MOMENT)


def completion_of(place: Town) -> CaseCompletion:
    """What numbers and documents come from in the town."""
    return CaseCompletion(Desk(place.store._pool))


def case_steps(place: Town) -> CaseSteps:
    """The activities of the town's cases."""
    return CaseSteps(CasesInStore(place.store, place.rulebooks, place.handler, completion_of(place)))


async def accuse(place: Town, env: WorkflowEnvironment, *, watched: bool = True) -> Accused:
    """Open a case, as the last rung does."""
    case = Accused(place, env, completion_of(place), case_steps(place), uuid4(), watched=watched)
    await case.open()
    return case


@asynccontextmanager
async def accused(database: DatabaseAddresses, env: WorkflowEnvironment) -> AsyncGenerator[Accused]:
    """A case in a town where cases are watched."""
    async with (
        town(database.app, env.client, await env.get_current_time()) as place,
        working(place, case_steps(place)),
    ):
        yield await accuse(place, env)
