"""What follows from a rung: its act, and from the last one a case, about the item or obligation as it stood then."""

from asyncpg.pool import PoolConnectionProxy

from domain.accountability.commands import NoteExcuse, OpenCase
from domain.accountability.values import Grounds
from domain.item.excuse import DeadlineExcused
from domain.item.values import Climb
from domain.ladder import Rung
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import PlanAct
from domain.supervision.state import Act
from domain.supervision.values import ACT_OF_RUNG
from services.consequences.neglected import Climbed, FellDue, Neglected, Ruling, as_of, read
from services.consequences.titles import title_of
from services.consequences.wishes import (
    SERVICE,
    Objection,
    act_of_rung,
    case_of_rung,
    excusing,
    opening,
    planning,
)
from services.handling.aggregates import ACT
from services.handling.command_handler import Wish
from services.store.event_store import EventStore
from services.store.records import StoredEvent

RUNG_TYPES = ("item.rung_climbed.v1", "obligation.rung_climbed.v1")
LAST_RUNG_TYPES = ("item.accountability_fell_due.v1", "obligation.accountability_fell_due.v1")
RULING_TYPES = ("item.overdue_appeal_granted.v1", "obligation.overdue_appeal_granted.v1")

_MOST_ACTS = 200  # as many as grounds can hold


async def from_rung(store: EventStore, entry: StoredEvent, rules: Rulebook) -> list[Wish]:
    """The act of a rung. None for a warning, which is a notification alone, and where no unit is in charge."""
    event: Climbed = read(entry)
    kind = ACT_OF_RUNG.get(event.rung)
    if kind is None or event.unit is None:
        return []
    neglected = await as_of(store, entry)
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
    return [planning(plan, unless=_unless_excused(neglected, event.clock_id, event.rung))]


async def from_last_rung(store: EventStore, entry: StoredEvent, rules: Rulebook) -> list[Wish]:
    """The case of a last rung, resting on the item and on the acts that the unit was issued about it."""
    event: FellDue = read(entry)
    if event.unit is None:
        return []
    neglected = await as_of(store, entry)
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
    return [opening(command, unless=_unless_excused(neglected, event.clock_id, Rung.HOLD_TO_ACCOUNT))]


async def from_ruling(store: EventStore, entry: StoredEvent) -> list[Wish]:
    """What a granted appeal means for a case that is open already: those who decide are told.

    Acts that are not issued yet are withdrawn by their workflows, for they look before they issue.
    """
    event: Ruling = read(entry)
    neglected = await as_of(store, entry)
    last = next((climb for climb in neglected.climbs if _was_last(climb, event.clock_id)), None)
    case_id = case_of_rung(entry.kind, entry.stream_id, event.clock_id)
    if last is None or last.missed is None or not neglected.is_excused(event.clock_id, last.rung):
        return []
    if await store.state(case_id) is None:
        return []
    command = NoteExcuse(
        command_id=f"consequence:excused:{case_id}",
        at=event.occurred_at,
        actor=SERVICE,
        source=neglected.source,
        stream_id=entry.stream_id,
        clock_id=event.clock_id,
        due_at=last.missed,
    )
    return [excusing(case_id, command)]


def _was_last(climb: Climb, clock_id: str) -> bool:
    return climb.clock_id == clock_id and climb.rung is Rung.HOLD_TO_ACCOUNT


def _unless_excused(neglected: Neglected, clock_id: str, rung: Rung) -> Objection | None:
    """A rung on a deadline that did not count any more when it was climbed brings nothing; that is passed over."""
    if not neglected.is_excused(clock_id, rung):
        return None

    async def refuse(_connection: PoolConnectionProxy, _command: OpenCase | PlanAct) -> None:
        raise DeadlineExcused(number=neglected.number, rung=rung)

    return refuse


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
