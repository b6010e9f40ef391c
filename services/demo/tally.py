"""Counts from the event log itself, as an auditor would: what exists, where it stands, what was climbed, what is lost.

It reads with the auditor's rights and folds every item's events again, so it believes neither the gateway nor the
current states.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

import asyncpg
import orjson
from pydantic import BaseModel

from domain.clock import ClockError
from domain.item.state import (
    Archived,
    ImpossibleHistoryError,
    Item,
    Merged,
    Recurred,
    TransferredOut,
    Voided,
    assignment_of,
)
from domain.ladder import Rung
from services.demo.cast import temper
from services.demo.course import Course
from services.demo.supervised import Supervised
from services.handling.aggregates import CAMPAIGN, CASE, ITEM
from services.handling.receipts import Receipt
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.records import StoredEvent

_BATCH = 1_000
_TOLD = frozenset({CAMPAIGN.kind, CASE.kind})
# Nobody takes up the cases beyond those that are played, and their limits are seconds.
_NOT_TOLD = frozenset({"case.fell_overdue.v1"})
_IDLE_SECONDS = 0.2
_OUTAGES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

Told = Callable[[StoredEvent, Item], None]
ToldOfCampaign = Callable[[StoredEvent], None]


class RungDelays(BaseModel):
    """Seconds between the instant a rung was planned for and the instant it was climbed."""

    median: float
    longest: float


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command that was answered with 2xx: this many events of these types must stand at this version, for ever."""

    item_id: UUID
    version: int
    events: tuple[str, ...]

    @classmethod
    def by(cls, receipt: Receipt) -> "Acknowledged":
        """What a receipt promises."""
        return cls(receipt.id, receipt.version, receipt.events)


class Tally:
    """Follows the log from its beginning."""

    def __init__(
        self, told: Told = lambda _event, _item: None, told_of_campaign: ToldOfCampaign = lambda _event: None
    ) -> None:
        self.course = Course()
        self.supervised = Supervised()
        self.items: dict[UUID, Item] = {}
        self.log_size = 0
        self.impossible: list[StoredEvent] = []  # events that cannot follow on those before them: there must be none
        self._told = told
        self._told_of_campaign = told_of_campaign
        self._types: dict[UUID, list[str]] = defaultdict(list)
        self._climbs: Counter[tuple[UUID, str, str]] = Counter()
        self._delays: list[float] = []
        self._accountability: Counter[tuple[UUID, str]] = Counter()

    async def follow(self, dsn: str) -> None:
        """Read on and on until cancelled, connecting again after every outage."""
        while True:
            try:
                async with await open_pool(dsn, max_size=1) as pool:
                    await self._read(EventStore(pool), forever=True)
            except _OUTAGES:
                await asyncio.sleep(_IDLE_SECONDS)

    async def catch_up(self, dsn: str) -> None:
        """Read what is there and return."""
        async with await open_pool(dsn, max_size=1) as pool:
            await self._read(EventStore(pool), forever=False)

    async def _read(self, store: EventStore, *, forever: bool) -> None:
        while True:
            events = await store.log_after(self.log_size - 1, _BATCH)
            for event in events:
                self.take(event)
            if not events:
                if not forever:
                    return
                await asyncio.sleep(_IDLE_SECONDS)

    def take(self, event: StoredEvent) -> None:
        """Count one event of the log, in log order."""
        self.log_size += 1
        self.supervised.take(event)
        if event.kind != ITEM.kind:
            self.course.take(event)
            if event.kind in _TOLD and event.type not in _NOT_TOLD:
                self._told_of_campaign(event)
            return
        self._types[event.stream_id].append(event.type)
        # From the bytes, before the fold: it refuses a second climb.
        if event.type == "item.rung_climbed.v1":
            data = orjson.loads(event.data)
            self._climbs[event.stream_id, data["clock_id"], data["rung"]] += 1
            self._delays.append((event.occurred_at - datetime.fromisoformat(data["planned_at"])).total_seconds())
        elif event.type == "item.limit_changed.v1":
            self.course.limit_changed()
        elif event.type == "item.reported.v1":
            self.course.item_reported(orjson.loads(event.data).get("campaign_id"))
        elif event.type == "item.registered.v1":
            self.course.item_registered(orjson.loads(event.data)["policy_version"])
        elif event.type == "item.accountability_fell_due.v1":
            self._accountability[event.stream_id, orjson.loads(event.data)["clock_id"]] += 1
        try:
            item = ITEM.evolve(self.items.get(event.stream_id), ITEM.events.validate_json(event.data))
        except (ClockError, ImpossibleHistoryError):
            self.impossible.append(event)
            return
        self.items[event.stream_id] = item
        self._told(event, item)

    def by_status(self) -> dict[str, int]:
        """How many items stand in each step."""
        return dict(Counter(item.status for item in self.items.values()))

    def rungs(self) -> dict[str, int]:
        """How many rungs were climbed, by kind, lowest first."""
        climbed = Counter[str]()
        for (_, _, rung), times in self._climbs.items():
            climbed[rung] += times
        return {rung.value: climbed[rung.value] for rung in Rung}

    def delays(self) -> RungDelays:
        """How long after their planned instants rungs were climbed."""
        if not self._delays:
            return RungDelays(median=0.0, longest=0.0)
        return RungDelays(median=round(median(self._delays), 2), longest=round(max(self._delays), 2))

    def climbed_twice(self) -> list[tuple[UUID, str, str]]:
        """Rungs that one clock climbed more than once: there must be none."""
        return [climb for climb, times in self._climbs.items() if times > 1]

    def accountability_due(self) -> int:
        """How many accountability cases are to be opened."""
        return sum(self._accountability.values())

    def lost(self, acknowledged: Iterable[UUID]) -> list[UUID]:
        """Items that were acknowledged and are not in the log: there must be none."""
        return [item_id for item_id in acknowledged if item_id not in self.items]

    def broken_promises(self, acknowledged: Iterable[Acknowledged]) -> list[Acknowledged]:
        """Commands that were acknowledged and whose events are not in the log where the answer said."""
        return [promise for promise in acknowledged if not self._keeps(promise)]

    def _keeps(self, promise: Acknowledged) -> bool:
        first = promise.version - len(promise.events)
        return tuple(self._types[promise.item_id][first : promise.version]) == promise.events

    def unsettled(self) -> list[UUID]:
        """Items that still have some way to go, by the story that their unit plays."""
        return [item_id for item_id, item in self.items.items() if not _settled(item)]


def _settled(item: Item) -> bool:
    match item:
        case Archived() | Voided() | Merged() | TransferredOut():
            return True
        case Recurred():
            return item.linked
        case _:
            return _neglected(item) and _on_top(item)


def _neglected(item: Item) -> bool:
    assignment = assignment_of(item)
    return assignment is not None and temper(assignment.unit) in {"never_accepts", "never_rectifies"}


def _on_top(item: Item) -> bool:
    return any(climb.rung is Rung.HOLD_TO_ACCOUNT for climb in item.dossier.climbs)
