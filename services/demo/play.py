"""The play itself: the back office fires, the people work, the clock runs, until everything has come to its end."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from services.demo.accountability import STORIES, Accountability
from services.demo.cast import DEPUTY, HANDLERS, HOTLINE, INSPECTORS, LEADER, OFFICE
from services.demo.client import Client
from services.demo.folder import Folder
from services.demo.intake import Intake
from services.demo.people import Handler, Inspector, Office, Person, photo, work
from services.demo.plans import Plans
from services.demo.reports import issue_events
from services.demo.result import DemoResult
from services.demo.stage import Stage
from services.demo.steering import CampaignOffice, launch
from services.demo.tally import Tally
from services.settings import Role

_ISSUES_A_SECOND = 10.0
_LONGEST_FIRING_SECONDS = 300.0
# However few there are, every phase is to see some.
_SHORTEST_IN_CAMPAIGN_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_STUCK_AFTER_SECONDS = 90.0
_ON_THE_SPOT = 0.04
# Within the data folder.
DOCUMENTS = "documents"

Scene = Callable[[], Coroutine[Any, Any, None]]


class Play:
    """One performance on a stage."""

    def __init__(
        self,
        stage: Stage,
        tally: Tally,
        *,
        issues: int,
        seed: int,
        firing_seconds: float | None = None,
        campaign: bool = False,
    ) -> None:
        self.stage = stage
        self.tally = tally
        self._seed = seed
        self._began = asyncio.get_running_loop().time()
        shortest = _SHORTEST_IN_CAMPAIGN_SECONDS if campaign else 0.0
        seconds = max(shortest, min(_LONGEST_FIRING_SECONDS, issues / _ISSUES_A_SECOND))
        self._firing_seconds = firing_seconds or seconds
        self._campaign = campaign
        self.intake = Intake(stage.client(HOTLINE), count=issues, seed=seed, seconds=self._firing_seconds)
        self._spots: list[UUID] = []
        units = {unit: stage.client(part) for unit, part in HANDLERS.items()}
        persons = {unit: stage.person(part) for unit, part in HANDLERS.items()} | {"leader": stage.person(LEADER)}
        self._accountability = Accountability(
            stage.client(OFFICE), stage.client(LEADER), stage.client(DEPUTY), units, persons
        )
        self.folder = Folder(stage.client(OFFICE), stage.settings.data_dir / DOCUMENTS)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return asyncio.get_running_loop().time() - self._began

    async def perform(self, *scenes: Scene) -> DemoResult:
        """Play until all items are settled or nothing has moved for long; scenes run beside it, such as accidents.

        With a campaign, nothing is reported before its first phase is in force, and the last phase is waited for.
        """
        if self._campaign:
            await launch(self.stage.client(OFFICE), self._firing_seconds)
        async with self._at_work():
            async with asyncio.TaskGroup() as firing:
                firing.create_task(self.intake.run())
                firing.create_task(self._fix_on_the_spot())
                for scene in scenes:
                    firing.create_task(scene())
            await self._until_settled()
            await self.folder.fill(self._accountability.chosen.values())
            return await self._sum_up()

    @asynccontextmanager
    async def _at_work(self) -> AsyncGenerator[None]:
        """Everybody works; a failure of anybody ends the play."""
        plans = Plans(self._seed)
        people: list[Person] = [
            *(Handler(unit, self.stage.client(part), plans) for unit, part in HANDLERS.items()),
            *(
                Inspector(share, len(INSPECTORS), self.stage.client(part), plans)
                for share, part in enumerate(INSPECTORS)
            ),
            Office(self.stage.client(OFFICE), plans, random.Random(self._seed)),  # noqa: S311 - a story
            self._accountability,
        ]
        if self._campaign:
            units = {unit: self.stage.client(part) for unit, part in HANDLERS.items()}
            people.append(CampaignOffice(self.stage.client(OFFICE), self.stage.client(LEADER), units))
        async with asyncio.TaskGroup() as working:
            tasks = [working.create_task(work(person)) for person in people]
            tasks.append(working.create_task(self.tally.follow(self.stage.settings.dsn(Role.AUDITOR))))
            yield
            for task in tasks:
                task.cancel()

    async def _fix_on_the_spot(self) -> None:
        """随检立清: inspectors report some things that are corrected already."""
        inspector = self.stage.client(INSPECTORS[0])
        count = max(1, round(self.intake.fired.expected * _ON_THE_SPOT))
        for number, event in enumerate(issue_events(count, self._seed + 1)):
            body = {name: value for name, value in event["data"].items() if name != "reporter"}
            body |= {"channel": "patrol", "evidence": photo(UUID(int=number), "after")}
            receipt = await inspector.post("/v1/items/fixed-on-the-spot", body, f"spot-{self._seed}-{number}")
            self._spots.append(receipt.id)
            await asyncio.sleep(1.0)

    async def _until_settled(self) -> None:
        size, moved_at = 0, self.seconds
        while not self._is_settled():
            if self.tally.log_size != size:
                size, moved_at = self.tally.log_size, self.seconds
            if self.seconds - moved_at > _STUCK_AFTER_SECONDS:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_settled(self) -> bool:
        if self._acknowledged() - self.tally.items.keys() or self.tally.unsettled() or not self._campaign_is_over():
            return False
        supervised, accountability = self.tally.supervised, self._accountability
        if supervised.missing or supervised.waiting:
            return False
        accused = supervised.accused(frozenset(STORIES))
        return accused <= accountability.chosen.keys() and accountability.concluded >= set(
            accountability.chosen.values()
        )

    def _campaign_is_over(self) -> bool:
        """Whether it has come to its last phase, as far as one is played."""
        played = self.tally.course.played
        return not self._campaign or (played is not None and played.complete)

    def _acknowledged(self) -> set[UUID]:
        return {*self.intake.fired.items.values(), *self._spots}

    async def _sum_up(self) -> DemoResult:
        """Count in the log, as it is now, and ask the API the same."""
        tally, fired, journal = self.tally, self.intake.fired, self.stage.journal
        leader = self.stage.client(LEADER)
        listed = {line.id for line in await leader.lines()}
        lost = {*tally.lost(self._acknowledged()), *(self._acknowledged() - listed)}
        return DemoResult(
            issues_fired=fired.events,
            items=len(tally.items),
            by_status=tally.by_status(),
            rungs_climbed=tally.rungs(),
            rung_delay_seconds=tally.delays(),
            campaign=tally.course.played,
            items_lost=len(lost),
            commands_acknowledged=len(journal.promises),
            commands_lost=len(tally.broken_promises(journal.promises)),
            rungs_climbed_twice=len(tally.climbed_twice()),
            impossible_events=len(tally.impossible),
            api_disagrees=not await self._agrees(leader, listed),
            accountability_due=tally.accountability_due(),
            supervision=tally.supervised.result,
            documents=sorted(self.folder.files),
            items_stuck=len(tally.unsettled()),
            log_size=tally.log_size,
            refused_inputs=dict(fired.refused),
            surprises=fired.surprises,
            duplicates_sent=fired.redelivered,
            duplicates_recognised=fired.recognised,
            refused_commands=dict(journal.refusals),
            faults=dict(journal.faults),
            retries=journal.retries,
            restarts={name: self.stage.stack.restarts(name) for name in self.stage.stack.names},
            seconds=round(self.seconds, 1),
        )

    async def _agrees(self, leader: Client, listed: set[UUID]) -> bool:
        statuses = (await leader.send("GET", "/v1/items/counts", params={"by": "status"})).json()["counts"]
        rungs = (await leader.send("GET", "/v1/rungs/counts")).json()
        climbed = {rung: times for rung, times in self.tally.rungs().items() if times}
        return (
            listed == self.tally.items.keys()
            and {each["status"]: each["items"] for each in statuses} == self.tally.by_status()
            and {rung: times for rung, times in rungs["climbed"].items() if times} == climbed
            and rungs["climbed_twice"] == len(self.tally.climbed_twice())
            and rungs["accountability_due"] == self.tally.accountability_due()
        )
