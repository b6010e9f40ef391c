"""What follows from a rung: its act, and from the last one a case, about the item or obligation as it stood then."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from domain.accountability.commands import OpenCase
from domain.accountability.values import Grounds, RungCause
from domain.clock import Clock, ClockKind
from domain.item import events as item_events
from domain.item.state import Item
from domain.item.state import running_clock as clock_of_item
from domain.item.values import Climb
from domain.ladder import Rung
from domain.obligation import events as obligation_events
from domain.obligation.state import Obligation
from domain.obligation.state import running_clock as clock_of_obligation
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import PlanAct
from domain.supervision.state import Act
from domain.supervision.values import ACT_OF_RUNG
from services.consequences.titles import title_of
from services.consequences.wishes import SERVICE, act_of_rung, case_of_rung, opening, planning
from services.handling.aggregate import Aggregate
from services.handling.aggregates import ACT, ITEM, OBLIGATION
from services.handling.command_handler import Wish
from services.store.event_store import EventStore
from services.store.records import StoredEvent

RUNG_TYPES = ("item.rung_climbed.v1", "obligation.rung_climbed.v1")
LAST_RUNG_TYPES = ("item.accountability_fell_due.v1", "obligation.accountability_fell_due.v1")

_MOST_ACTS = 200  # as many as grounds can hold

Climbed = item_events.RungClimbed | obligation_events.ObligationRungClimbed
FellDue = item_events.AccountabilityFellDue | obligation_events.ObligationAccountabilityFellDue


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

    def cause(self, event: Climbed | FellDue, rung: Rung) -> RungCause:
        """Why something follows. The clock that climbs is the one that runs."""
        return RungCause(
            source=self.source,
            stream_id=self.stream_id,
            number=self.number,
            title=self.title,
            clock_id=event.clock_id,
            clock_kind=ClockKind(event.clock_id.rpartition("-")[0]),
            due_at=self.clock.due_at if self.clock and self.clock.clock_id == event.clock_id else None,
            rung=rung,
            climbed_at=event.occurred_at,
        )

    @property
    def facts(self) -> dict[str, str]:
        """What titles say of it."""
        return {"number": self.number, "title": self.title}


async def from_rung(store: EventStore, entry: StoredEvent, rules: Rulebook) -> list[Wish]:
    """The act of a rung. None for a warning, which is a notification alone, and where no unit is in charge."""
    event: Climbed = _read(entry)
    kind = ACT_OF_RUNG.get(event.rung)
    if kind is None or event.unit is None:
        return []
    neglected = await _as_of(store, entry)
    act_id = act_of_rung(entry.kind, entry.stream_id, event.clock_id, event.rung)
    plan = PlanAct(
        command_id=f"consequence:act:{act_id}",
        at=event.occurred_at,
        actor=SERVICE,
        act_id=act_id,
        kind=kind,
        unit=event.unit,
        campaign_id=neglected.campaign_id,
        area=neglected.area,
        title=title_of("rung", kind, neglected.facts, event.unit, rules),
        cause=neglected.cause(event, event.rung),
        recipients=event.recipients,
        points=event.points,
        answer_by=event.answer_by,
    )
    return [planning(plan)]


async def from_last_rung(store: EventStore, entry: StoredEvent, rules: Rulebook) -> list[Wish]:
    """The case of a last rung, resting on the item and on the acts that the unit was issued about it."""
    event: FellDue = _read(entry)
    if event.unit is None:
        return []
    neglected = await _as_of(store, entry)
    case_id = case_of_rung(entry.kind, entry.stream_id, event.clock_id)
    rests_on = (entry.stream_id,)
    command = OpenCase(
        command_id=f"consequence:case:{case_id}",
        at=event.occurred_at,
        actor=SERVICE,
        case_id=case_id,
        unit=event.unit,
        campaign_id=neglected.campaign_id,
        area=neglected.area,
        title=title_of("rung", "case", neglected.facts, event.unit, rules),
        cause=neglected.cause(event, Rung.HOLD_TO_ACCOUNT),
        grounds=Grounds(
            items=rests_on if neglected.source == "item" else (),
            obligations=rests_on if neglected.source == "obligation" else (),
            acts=await _issued_acts(store, neglected, event.unit),
        ),
    )
    return [opening(command)]


def _read(entry: StoredEvent) -> Any:
    return (ITEM if entry.kind == ITEM.kind else OBLIGATION).events.validate_json(entry.data)


async def _as_of(store: EventStore, entry: StoredEvent) -> Neglected:
    history = [stored for stored in await store.stream(entry.stream_id) if stored.version <= entry.version]
    if entry.kind == ITEM.kind:
        return _item(entry.stream_id, _folded(ITEM, history))
    return _obligation(entry.stream_id, _folded(OBLIGATION, history))


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
    )


async def _issued_acts(store: EventStore, neglected: Neglected, unit: str) -> tuple[str, ...]:
    """The numbers of the acts about it that this unit was issued, in the order of the rungs that led to them."""
    act_ids = [
        act_of_rung(neglected.source, neglected.stream_id, climb.clock_id, climb.rung)
        for climb in neglected.climbs
        if climb.unit == unit and climb.rung in ACT_OF_RUNG
    ]
    states = await store.states(act_ids)
    acts: list[Act] = [ACT.states.validate_json(states[act_id].state) for act_id in act_ids if act_id in states]
    return tuple(act.file.issued.number.text for act in acts if act.file.issued)[-_MOST_ACTS:]
