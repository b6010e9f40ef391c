"""A small town on a real event store: one bureau, one category, the standard ladder, and the working calendar."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from temporalio.client import Client
from temporalio.worker import Worker, WorkflowRunner

from activities.item_follow_up import ItemFollowUp
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.item import commands as c
from domain.item.state import Item
from domain.item.values import Channel, Evidence, Issue
from domain.ladder import RUNGS, STANDARD_LADDER, Ladder, Rung, RungRule
from domain.limits import Limit, LimitKind
from domain.organisation.commands import RegisterArea, RegisterUnit
from domain.organisation.state import Area, Unit
from domain.rulebook.commands import PublishCalendar, PublishCatalogue, PublishPolicy
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy, RoutingRule
from domain.text import Text
from services.calendar_seed import seed_calendar
from services.handling.aggregates import AREA, CALENDAR, CATALOGUE, ITEM, POLICY, UNIT
from services.handling.command_handler import CommandHandler, Wish
from services.handling.numbers import ItemNumbers
from services.handling.receipts import Receipt
from services.handling.rulebooks import RulebookSource
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.standings import Standings
from services.temporal.arming import Arming
from services.temporal.watched import workflow_id
from services.worker.ports import ItemsInStore
from services.worker.worker import WORKFLOWS, activities_of, sandbox
from workflows.rectification_item import RectificationItem

OFFICE = Actor(principal="user:office", role=Role.OFFICE)
HANDLER = Actor(principal="user:handler", role=Role.HANDLER, unit="city-management")
INSPECTOR = Actor(principal="user:inspector", role=Role.INSPECTOR, unit="inspection")
HOTLINE = Actor(principal="system:hotline", role=Role.SYSTEM)
PROOF = (Evidence(uri="https://photos.example/after.jpg", kind="after"),)
WORKING_DAY = Limit(kind=LimitKind.WORKING_DAYS, amount=1)


def seconds(amount: int) -> Limit:
    return Limit(kind=LimitKind.ELAPSED_SECONDS, amount=amount)


NEVER_RESTING = {"sessions": ("00:00-24:00",), "working_weekdays": tuple(range(7)), "exceptions": {}}
HASTY_LADDER = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, share_of_limit=50),
        *(RungRule(rung=rung, after_due=seconds(RUNGS.index(rung) - 1)) for rung in RUNGS[1:]),
    )
)


def _text(text: str) -> Text:
    return Text(zh=text, en=text)


LIMITS = {
    **dict.fromkeys(ClockKind, WORKING_DAY),
    ClockKind.RECTIFY: Limit(kind=LimitKind.WORKING_DAYS, amount=3),
    ClockKind.RECHECK: Limit(kind=LimitKind.NATURAL_DAYS, amount=7),
}
CLIMBING = (ClockKind.ACCEPT, ClockKind.RECTIFY)


@dataclass
class Town:
    """Acts for everybody in the town. Instants are given by the test: nothing here reads a clock."""

    store: EventStore
    rulebooks: RulebookSource
    handler: CommandHandler
    standings: Standings
    arming: Arming
    client: Client
    task_queue: str
    items: Any
    _keys: Any = field(default_factory=lambda: count(1))

    @property
    def follow_up(self) -> ItemFollowUp:
        return ItemFollowUp(self.items)

    async def give(self, command: type[Any], about: UUID, at: datetime, actor: Actor, **content: Any) -> Receipt:
        wish = command(command_id=f"test:{next(self._keys)}", at=at, actor=actor, **content)
        return await self.handler.handle(Wish(ITEM, about, wish))

    async def report(self, at: datetime, source_id: str | None = None, **content: Any) -> UUID:
        """An issue that is registered and dispatched at once. Its id is new: the servers serve all tests of the run."""
        source_id = source_id or uuid4().hex
        item_id = ITEM.stream(f"hotline\n{source_id}")
        issue = Issue(
            source="hotline",
            source_id=source_id,
            channel=Channel.HOTLINE,
            category="stalls",
            area="old-town",
            title="占道经营：学校门口摊点",
        )
        await self.give(
            c.ReportIssue,
            item_id,
            at,
            HOTLINE,
            item_id=item_id,
            number=f"2026-{next(self._keys):07d}",
            issue=issue,
            reported_at=at,
            **content,
        )
        return item_id

    async def take_over(self, item_id: UUID, at: datetime, reported_at: datetime, outcome: str) -> Receipt:
        """A row of an old ledger."""
        issue = Issue(
            source="ledger",
            source_id=str(item_id),
            channel=Channel.PATROL,
            category="stalls",
            area="old-town",
            title="旧台账事项",
        )
        number = f"2026-{next(self._keys):07d}"
        return await self.give(
            c.ImportItem,
            item_id,
            at,
            OFFICE,
            item_id=item_id,
            number=number,
            issue=issue,
            reported_at=reported_at,
            outcome=outcome,
            unit="city-management",
        )

    async def accept(self, item_id: UUID, at: datetime) -> Receipt:
        return await self.give(c.AcceptItem, item_id, at, HANDLER)

    async def submit(self, item_id: UUID, at: datetime) -> Receipt:
        return await self.give(c.SubmitRectification, item_id, at, HANDLER, account="摊点已清理", evidence=PROOF)

    async def tell(self, item_id: UUID) -> bool:
        """Do for one item what the relay does."""
        (standing,) = await self.standings.of([item_id])
        return await self.arming.arm(standing)

    async def item(self, item_id: UUID) -> Item:
        return (await self.items.standing(item_id)).state

    async def events(self, item_id: UUID, *types: str) -> list[Any]:
        """The item's events of these types, as the domain knows them; all without types."""
        stored = await self.store.stream(item_id)
        return [ITEM.events.validate_json(event.data) for event in stored if not types or event.type in types]

    def workflow(self, item_id: UUID) -> Any:
        return self.client.get_workflow_handle_for(RectificationItem.run, workflow_id("item", item_id))


@asynccontextmanager
async def town(
    dsn: str, client: Client, opened_at: datetime, *, task_queue: str = "town", hasty: bool = False
) -> AsyncIterator[Town]:
    """Found a town in an empty database. A hasty one never rests, and its limits are seconds."""
    pool = await open_pool(dsn)
    try:
        yield await _found(pool, client, opened_at, task_queue, hasty=hasty)
    finally:
        await pool.close()


@asynccontextmanager
async def working(
    place: Town,
    *more: object,
    runner: WorkflowRunner | None = None,
    wrap: Callable[[Any], Any] = lambda items: items,
) -> AsyncIterator[Worker]:
    """A worker for the town's items, and with ``more`` activities for more.

    Faults fail the workflow at once instead of being tried again for ever.
    """
    async with Worker(
        place.client,
        task_queue=place.task_queue,
        workflows=WORKFLOWS,
        activities=activities_of(ItemFollowUp(wrap(place.items)), *more),
        workflow_runner=runner or sandbox(),
        workflow_failure_exception_types=[Exception],
        max_cached_workflows=100,
    ) as worker:
        yield worker


async def _found(pool: asyncpg.Pool, client: Client, at: datetime, task_queue: str, *, hasty: bool) -> Town:
    store, rulebooks = EventStore(pool), RulebookSource(pool)
    handler, standings = CommandHandler(store, rulebooks), Standings(pool)
    items = ItemsInStore(store, rulebooks, handler, ItemNumbers(store))
    calendar = seed_calendar("cn@1")
    if hasty:
        calendar = calendar.model_copy(update=NEVER_RESTING)
    policy = Policy(
        policy_id="city",
        version=1,
        name=_text("城市"),
        calendar_id="cn",
        catalogue_id="city",
        limits=dict.fromkeys(ClockKind, seconds(2)) if hasty else LIMITS,
        ladders=dict.fromkeys(CLIMBING, HASTY_LADDER if hasty else STANDARD_LADDER),
        routing=(RoutingRule(unit="city-management"),),
    )
    stalls = Category(code="stalls", name=_text("占道经营"))
    given = {"at": at, "actor": OFFICE}
    for aggregate, key, command, content in (
        (UNIT, "city-management", RegisterUnit, {"unit": Unit(code="city-management", name=_text("城管局"))}),
        (AREA, "old-town", RegisterArea, {"area": Area(code="old-town", name=_text("老城"), kind="street")}),
        (
            CALENDAR,
            "cn@1",
            PublishCalendar,
            {"document": CalendarDocument(calendar_id="cn", version=1, calendar=calendar)},
        ),
        (
            CATALOGUE,
            "city@1",
            PublishCatalogue,
            {"document": Catalogue(catalogue_id="city", version=1, categories=(stalls,))},
        ),
        (POLICY, "city@1", PublishPolicy, {"document": policy}),
    ):
        wish = command(command_id=f"found:{aggregate.kind}", **given, **content)
        await rulebooks.current(newest=True)
        await handler.handle(Wish(aggregate, aggregate.stream(key), wish, new=True))
    await rulebooks.current(newest=True)
    return Town(store, rulebooks, handler, standings, Arming(client, task_queue), client, task_queue, items)
