"""A town whose log is followed by the test itself: neglected items, weekly rankings, and what came of them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import SecretStr

from domain.accountability.rules import BOTTOM_OF_THE_WEEK, AccountabilityRules
from domain.accountability.state import Case
from domain.actor import Actor, Role
from domain.bulletin.commands import PublishBulletin
from domain.bulletin.content import Content, period_of
from domain.bulletin.state import Bulletin
from domain.decider import Command
from domain.indicator.ranking import RankedLine, Ranking
from domain.indicator.standard import STANDARD
from domain.item.commands import AppealOverdue, FollowUp, RuleOnAppeal
from domain.item.state import running_clock
from domain.ladder import Rung
from domain.organisation.commands import DissolveUnit, RegisterUnit
from domain.organisation.state import Unit
from domain.rulebook.commands import PublishPolicy
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import IssueAct
from domain.supervision.state import Act
from domain.supervision.values import SERIES_OF_ACT
from domain.text import Text
from services.consequences.process import SUBSCRIPTION, Consequences, follow_again
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ACT, BULLETIN, CASE, POLICY, UNIT
from services.handling.bulletin_completion import naming_criticisms
from services.handling.command_handler import Wish
from services.handling.numbering import next_number
from services.handling.receipts import Receipt
from services.settings import Settings
from services.store.consequence_queries import ConsequenceQueries, PassedOver
from services.store.pools import open_pool
from services.store.subscriptions import Subscriptions
from tests.workflows.town import HANDLER, OFFICE, Town, town

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
UNITS = ("first", "second", "third", "fourth", "city-management")


@dataclass
class FollowedTown:
    """A town, with the consequences as one process keeps them."""

    place: Town
    pool: asyncpg.Pool
    database: DatabaseAddresses
    consequences: Consequences
    subscriptions: Subscriptions
    queries: ConsequenceQueries

    async def sequence(self) -> None:
        connection = await asyncpg.connect(self.database.sequencer)
        await connection.fetchval("SELECT es.sequence_tick()")
        await connection.close()

    async def follow(self) -> None:
        """Let everything follow that is in the log, and from what follows."""
        await self.sequence()
        epoch = await self.subscriptions.acquire(SUBSCRIPTION)
        while await self.consequences.step(epoch):
            await self.sequence()

    async def send_back(self, position: int = 0) -> None:
        """As `duban consequences --again-from` does."""
        await follow_again(Settings(database_app_url=SecretStr(self.database.app)), position)

    async def neglected(self, at: datetime, upto: Rung = Rung.HOLD_TO_ACCOUNT) -> UUID:
        """An item that nobody accepts, followed up at each of its instants until a rung is climbed."""
        item_id = await self.place.report(at)
        await self.neglected_further(item_id, upto)
        return item_id

    async def neglected_further(self, item_id: UUID, upto: Rung = Rung.HOLD_TO_ACCOUNT) -> None:
        """Follow up at each instant that is left until a rung is climbed."""
        clock = running_clock(await self.place.item(item_id))
        assert clock is not None
        for planned in clock.planned:
            await self.place.give(FollowUp, item_id, planned.at, SERVICE)
            if planned.rung is upto:
                break

    async def excused(self, item_id: UUID, *, granted: bool = True) -> None:
        """The unit appeals against the deadline it missed, and the office rules, right after what happened last."""
        at = (await self.place.item(item_id)).dossier.updated_at
        ruling = {"clock_id": "accept-1", "reason": "连日暴雨"}
        await self.place.give(AppealOverdue, item_id, at, HANDLER, **ruling)
        await self.place.give(RuleOnAppeal, item_id, at, OFFICE, granted=granted, **ruling)

    async def acts(self) -> list[Act]:
        return [ACT.states.validate_json(state) for state in await self._states(ACT.kind)]

    async def cases(self) -> list[Case]:
        return [CASE.states.validate_json(state) for state in await self._states(CASE.kind)]

    async def issue(self, act: Act) -> None:
        """Issue an act at its instant, as its workflow does."""
        planned = act.file.planned

        async def numbered(connection: PoolConnectionProxy, command: Command, _state: Any, rules: Rulebook) -> Command:
            series = SERIES_OF_ACT[planned.kind]
            number = await next_number(connection, series, command.at, rules, planned.campaign_id)
            return command.model_copy(update={"number": number})

        issue = IssueAct(command_id=f"issue:{planned.act_id}", at=planned.issue_at, actor=SERVICE)
        await self.place.handler.handle(Wish(ACT, planned.act_id, issue, completed=numbered))

    async def passed_over(self) -> list[PassedOver]:
        return await self.queries.passed_over(None, 100)

    async def _states(self, kind: str) -> list[bytes]:
        query = "SELECT state FROM es.current_state WHERE kind = $1 ORDER BY reported_at, number"
        return [row["state"] for row in await self.pool.fetch(query, kind)]

    async def ranked(
        self, week: int, order: Sequence[str] = UNITS, late: datetime | None = None, **content: Any
    ) -> Receipt:
        """The bulletin of a week of 2026, published on the Monday after it, with units ranked in order, best first.

        It names the criticisms that are due, as one does that is published over HTTP.
        """
        period = period_of("weekly", f"2026-W{week:02d}", "Asia/Shanghai")
        lines = tuple(
            RankedLine(code=code, rank=place, score=Decimal(100 - place), figures=())
            for place, code in enumerate(order, start=1)
        )
        ranking = Ranking(ranking_id=STANDARD.rankings[0].ranking_id, lines=lines, red=(), black=())
        publish = PublishBulletin(
            command_id=f"bulletin:{week}",
            at=late or period.ends_at + timedelta(hours=2),
            actor=OFFICE,
            kind="weekly",
            content=Content(
                period=period,
                as_of=period.ends_at,
                position=0,
                formulas=STANDARD.ref,
                figures=(),
                rankings=(ranking,),
                **content,
            ),
        )
        stream = BULLETIN.stream(f"\nweekly\n{period.label}")
        return await self.place.handler.handle(Wish(BULLETIN, stream, publish, completed=naming_criticisms))

    async def named(self, week: int) -> list[UUID]:
        """The criticisms that the bulletin of a week names."""
        stored = await self.place.store.state(BULLETIN.stream(f"\nweekly\n2026-W{week:02d}"))
        assert stored is not None
        bulletin: Bulletin = BULLETIN.states.validate_json(stored.state)
        return [each.act_id for each in bulletin.newest.content.criticisms]

    async def dissolve(self, code: str, at: datetime) -> None:
        command = DissolveUnit(command_id=f"dissolve:{code}", at=at, actor=OFFICE, reason="撤并")
        await self.place.handler.handle(Wish(UNIT, UNIT.stream(code), command))
        await self.place.rulebooks.current(newest=True)


@asynccontextmanager
async def followed_town(
    database: DatabaseAddresses, at: datetime = MONDAY, accountability: AccountabilityRules | None = None
) -> AsyncGenerator[FollowedTown]:
    """A town without workflows, four more units in it, and a policy with rules about rankings."""
    nobody: Any = None  # no Temporal is asked for anything here
    async with town(database.app, nobody, at) as place, await open_pool(database.app) as pool:
        found = FollowedTown(
            place,
            pool,
            database,
            Consequences(pool, place.handler, place.rulebooks),
            Subscriptions(pool),
            ConsequenceQueries(pool),
        )
        for code in UNITS[:-1]:
            unit = Unit(code=code, name=Text(zh=f"{code}局", en=code))
            register = RegisterUnit(command_id=f"unit:{code}", at=at, actor=OFFICE, unit=unit)
            await place.handler.handle(Wish(UNIT, UNIT.stream(code), register, new=True))
        policy = (await place.rulebooks.current(newest=True)).regime().policy
        rules = accountability or AccountabilityRules(rankings=(BOTTOM_OF_THE_WEEK,))
        document = policy.model_copy(update={"version": 2, "accountability": rules})
        publish = PublishPolicy(command_id="policy:2", at=at, actor=OFFICE, document=document)
        await place.handler.handle(Wish(POLICY, POLICY.stream("city@2"), publish, new=True))
        await place.rulebooks.current(newest=True)
        yield found
