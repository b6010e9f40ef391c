"""Where an act of supervision stands: planned, issued, published, summoned, recorded or withdrawn."""

from collections.abc import Mapping
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.clock import Clock, mark_overdue
from domain.decider import Event
from domain.instant import Instant
from domain.item.values import Value
from domain.supervision import events as e
from domain.supervision.values import ActKind


class ActFile(Value):
    """What an act keeps in every step: what it was planned as, its number and documents, what came of it.

    ``answered`` is the newest answer; ``answered_late`` tells of the first one, which is the one that counts.
    """

    planned: e.ActPlanned
    issued: e.ActIssued | None = None
    acknowledged_at: Instant | None = None
    answered: e.ActAnswered | None = None
    answered_late: bool = False
    published: e.CriticismPublished | None = None
    recorded: e.InterviewRecorded | None = None
    updated_at: Instant

    @property
    def act_id(self) -> UUID:
        """The id it is known by."""
        return self.planned.act_id


class Planned(Value):
    """Waiting for the instant at which it is issued."""

    status: Literal["planned"] = "planned"
    file: ActFile


class Issued(Value):
    """With the unit, which may acknowledge and answer; a criticism may be published. Nothing follows by itself."""

    status: Literal["issued"] = "issued"
    file: ActFile


class Published(Value):
    """A criticism that stands in a bulletin; the unit may still answer."""

    status: Literal["published"] = "published"
    file: ActFile


class Summoned(Value):
    """A summons with the unit: the record of the interview is to be filed in time."""

    status: Literal["summoned"] = "summoned"
    file: ActFile
    clock: Clock


class Recorded(Value):
    """The record of the interview is filed: over."""

    status: Literal["recorded"] = "recorded"
    file: ActFile


class Withdrawn(Value):
    """撤销: over."""

    status: Literal["withdrawn"] = "withdrawn"
    file: ActFile


Act = Planned | Issued | Published | Summoned | Recorded | Withdrawn
ACTS: TypeAdapter[Act] = TypeAdapter(Annotated[Act, Field(discriminator="status")])


# Which steps an event may follow on, and which kind of act it is of, where not of every kind.
_FOLLOWS: Mapping[type[Event], tuple[type[Act], ...]] = {
    e.ActIssued: (Planned,),
    e.ActAcknowledged: (Issued, Published, Summoned),
    e.ActAnswered: (Issued, Published, Summoned),
    e.CriticismPublished: (Issued,),
    e.InterviewRecorded: (Summoned,),
    e.RecordFellOverdue: (Summoned,),
    e.ActWithdrawn: (Planned, Issued, Summoned),
}
_OF_KIND: Mapping[type[Event], ActKind] = {e.CriticismPublished: ActKind.CRITICISM}


class ImpossibleActHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def running_clock(state: Act) -> Clock | None:
    """The clock of a record that is not filed yet."""
    return state.clock if isinstance(state, Summoned) else None


def evolve(  # noqa: C901, PLR0911 - one branch per event is the point
    state: Act | None, event: e.ActEvent
) -> Act:
    """Fold one event into the act."""
    if isinstance(event, e.ActPlanned):
        if state is not None:
            raise ImpossibleActHistoryError(event.type)
        return Planned(file=ActFile(planned=event, updated_at=event.occurred_at))
    if state is None or not _can_follow(state, event):
        raise ImpossibleActHistoryError(event.type)
    file = _noted(state.file, event)
    match event:
        case e.ActIssued():
            return Issued(file=file) if event.clock is None else Summoned(file=file, clock=event.clock)
        case e.CriticismPublished():
            return Published(file=file)
        case e.InterviewRecorded():
            return Recorded(file=file)
        case e.ActWithdrawn():
            return Withdrawn(file=file)
        case e.RecordFellOverdue():
            if not isinstance(state, Summoned):
                raise ImpossibleActHistoryError(event.type)
            return Summoned(file=file, clock=mark_overdue(state.clock, event.due_at))
        case e.ActAcknowledged() | e.ActAnswered():
            return state.model_copy(update={"file": file})
        case _:
            assert_never(event)


def _can_follow(state: Act, event: e.ActEvent) -> bool:
    kind = state.file.planned.kind
    if isinstance(event, e.ActIssued) and (event.clock is not None) is not (kind is ActKind.SUMMONS):
        return False
    return isinstance(state, _FOLLOWS[type(event)]) and _OF_KIND.get(type(event), kind) is kind


def _noted(file: ActFile, event: e.ActEvent) -> ActFile:
    """What an event leaves in the file, whatever the step."""
    changes: dict[str, object] = {"updated_at": max(file.updated_at, event.occurred_at)}
    match event:
        case e.ActIssued():
            changes["issued"] = event
        case e.ActAcknowledged():
            changes["acknowledged_at"] = event.occurred_at
        case e.ActAnswered():
            # Whoever answers has received it.
            changes |= {
                "answered": event,
                "answered_late": event.late if file.answered is None else file.answered_late,
                "acknowledged_at": file.acknowledged_at or event.occurred_at,
            }
        case e.CriticismPublished():
            changes["published"] = event
        case e.InterviewRecorded():
            changes["recorded"] = event
        case _:
            pass
    return file.model_copy(update=changes)
