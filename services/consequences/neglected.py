"""An item or obligation as it stood right after one of its events in the log: what acts and cases are about."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from domain.accountability.values import RungCause
from domain.clock import Clock, ClockKind
from domain.item import events as item_events
from domain.item.excuse import is_excused
from domain.item.state import Item
from domain.item.state import running_clock as clock_of_item
from domain.item.values import Climb, OverdueMark
from domain.ladder import Rung
from domain.obligation import events as obligation_events
from domain.obligation.state import Obligation
from domain.obligation.state import running_clock as clock_of_obligation
from services.handling.aggregate import Aggregate
from services.handling.aggregates import ITEM, OBLIGATION
from services.store.event_store import EventStore
from services.store.records import StoredEvent

Climbed = item_events.RungClimbed | obligation_events.ObligationRungClimbed
FellDue = item_events.AccountabilityFellDue | obligation_events.ObligationAccountabilityFellDue
Ruling = item_events.OverdueAppealGranted | obligation_events.ObligationAppealGranted


@dataclass(frozen=True, slots=True)
class Neglected:
    """An item or obligation, as it stood right after one of its events."""

    source: Literal["item", "obligation"]
    stream_id: UUID
    number: str
    title: str
    campaign_id: str | None
    area: str | None
    clock: Clock | None
    climbs: tuple[Climb, ...]
    marks: tuple[OverdueMark, ...]

    def cause(self, event: Climbed | FellDue, rung: Rung) -> RungCause:
        """Why something follows. The clock that climbs is the one that runs.

        What was recorded before rungs named their deadline has that of the clock.
        """
        clock = self.clock if self.clock and self.clock.clock_id == event.clock_id else None
        climb = next(each for each in reversed(self.climbs) if (each.clock_id, each.rung) == (event.clock_id, rung))
        return RungCause(
            source=self.source,
            stream_id=self.stream_id,
            number=self.number,
            title=self.title,
            clock_id=event.clock_id,
            clock_kind=clock.kind if clock else ClockKind(event.clock_id.rpartition("-")[0]),
            due_at=event.due_at or (clock.due_at if clock else None),
            rung=rung,
            climbed_at=event.occurred_at,
            occasion=climb.occasion,
        )

    def is_excused(self, clock_id: str, rung: Rung) -> bool:
        """Whether a rung was climbed for a deadline that does not count."""
        return is_excused(clock_id, rung, self.climbs, self.marks)

    @property
    def facts(self) -> dict[str, str]:
        """What titles say of it."""
        return {"number": self.number, "title": self.title}


def read(entry: StoredEvent) -> Any:
    """The event of an entry about an item or an obligation."""
    return (ITEM if entry.kind == ITEM.kind else OBLIGATION).events.validate_json(entry.data)


async def as_of(store: EventStore, entry: StoredEvent) -> Neglected:
    """What an entry is about, as its history up to that entry says."""
    history = [stored for stored in await store.stream(entry.stream_id) if stored.version <= entry.version]
    return _told(entry.stream_id, entry.kind, history)


def _told(stream_id: UUID, kind: str, history: list[StoredEvent]) -> Neglected:
    if kind == ITEM.kind:
        return _item(stream_id, _folded(ITEM, history))
    return _obligation(stream_id, _folded(OBLIGATION, history))


def _folded(aggregate: Aggregate, history: list[StoredEvent]) -> Any:
    state: Any = None
    for stored in history:
        state = aggregate.evolve(state, aggregate.events.validate_json(stored.data))
    return state


def _item(stream_id: UUID, item: Item) -> Neglected:
    file = item.dossier
    return Neglected(
        source="item",
        stream_id=stream_id,
        number=file.number,
        title=file.issue.title,
        campaign_id=file.campaign_id,
        area=file.issue.area,
        clock=clock_of_item(item),
        climbs=file.climbs,
        marks=file.marks,
    )


def _obligation(stream_id: UUID, obligation: Obligation) -> Neglected:
    record = obligation.record
    return Neglected(
        source="obligation",
        stream_id=stream_id,
        number=record.number,
        title=record.title.zh,
        campaign_id=record.campaign_id,
        area=None,
        clock=clock_of_obligation(obligation),
        climbs=record.climbs,
        marks=record.marks,
    )
