"""What supervision came to as the log tells it: which rungs have their acts, and which last rungs their cases."""

from collections import Counter
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from domain.accountability.state import Case
from domain.accountability.values import Cause, RungCause
from domain.ladder import Rung
from domain.supervision.state import Act
from domain.supervision.values import ACT_OF_RUNG, ActKind
from services.handling.aggregates import ACT, CASE
from services.store.records import StoredEvent

_Climb = tuple[UUID, str, str]
_RUNGS = frozenset({"item.rung_climbed.v1", "obligation.rung_climbed.v1"})
_LAST_RUNGS = frozenset({"item.accountability_fell_due.v1", "obligation.accountability_fell_due.v1"})


class Supervision(BaseModel):
    """What supervision came to."""

    model_config = ConfigDict(frozen=True)

    acts: dict[str, int] = Field(description="Acts that were issued, by kind.")
    acts_planned: int = Field(description="Reminders that are issued when the next working day begins.")
    acts_withdrawn: int = Field(description="Their occasion was gone before they were issued.")
    cases: dict[str, int] = Field(description="Cases by step.")
    decisions: dict[str, int] = Field(description="Measures as decided, or as reviewed.")
    missing: int = Field(description="Rungs against a unit without the act, or the case, that they bring.")
    doubled: int = Field(description="Rungs that brought more than one.")

    @property
    def flawless(self) -> bool:
        """Whether each rung brought what it brings, once, and every case there was a decision about stands."""
        return not self.missing and not self.doubled and (not self.cases or bool(self.decisions))


class Supervised:
    """Folds the events of acts and cases, and notes the rungs that bring them."""

    def __init__(self) -> None:
        self.acts: dict[UUID, Act] = {}
        self.cases: dict[UUID, Case] = {}
        self._wanted: set[_Climb] = set()
        self._brought: Counter[_Climb] = Counter()

    def take(self, event: StoredEvent) -> None:
        """Count one event of the log, in log order."""
        if event.type in _RUNGS:
            data = orjson.loads(event.data)
            if data.get("unit") and Rung(data["rung"]) in ACT_OF_RUNG:
                self._wanted.add((event.stream_id, data["clock_id"], data["rung"]))
        elif event.type in _LAST_RUNGS:
            data = orjson.loads(event.data)
            if data.get("unit"):
                self._wanted.add((event.stream_id, data["clock_id"], Rung.HOLD_TO_ACCOUNT))
        elif event.kind == ACT.kind:
            act: Act = ACT.evolve(self.acts.get(event.stream_id), ACT.events.validate_json(event.data))
            self._note(event, act.file.planned.cause)
            self.acts[event.stream_id] = act
        elif event.kind == CASE.kind:
            case: Case = CASE.evolve(self.cases.get(event.stream_id), CASE.events.validate_json(event.data))
            self._note(event, case.record.opened.cause)
            self.cases[event.stream_id] = case

    def _note(self, event: StoredEvent, cause: Cause) -> None:
        if event.version == 1 and isinstance(cause, RungCause):
            self._brought[cause.stream_id, cause.clock_id, cause.rung] += 1

    @property
    def missing(self) -> int:
        """How many rungs have not brought what they bring."""
        return len(self._wanted - self._brought.keys())

    @property
    def waiting(self) -> int:
        """How many acts are to be issued within the play; reminders are when the next working day begins."""
        planned = [act.file.planned for act in self.acts.values() if act.status == "planned"]
        return sum(act.kind is not ActKind.REMINDER for act in planned)

    def accused(self, units: frozenset[str]) -> set[str]:
        """Those of the units against which a rung has opened a case."""
        opened = (case.record.opened for case in self.cases.values())
        return {each.unit for each in opened if each.unit in units and isinstance(each.cause, RungCause)}

    @property
    def result(self) -> Supervision:
        """What it has come to by now."""
        files = [act.file for act in self.acts.values()]
        rulings = [case.record.reviewed or case.record.decided for case in self.cases.values()]
        return Supervision(
            acts=dict(Counter(file.planned.kind.value for file in files if file.issued)),
            acts_planned=sum(act.status == "planned" for act in self.acts.values()),
            acts_withdrawn=sum(act.status == "withdrawn" for act in self.acts.values()),
            cases=dict(Counter(case.status for case in self.cases.values())),
            decisions=dict(Counter(ruling.measure.value for ruling in rulings if ruling)),
            missing=self.missing,
            doubled=sum(times > 1 for times in self._brought.values()),
        )
