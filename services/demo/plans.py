"""What will happen to each item, drawn from the seed and the item's id, so that every run of a seed tells one story."""

import random
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.demo.cast import temper

Twist = Literal[
    "none",
    "refuse",
    "extension",
    "rework",
    "joint",
    "recurrence",
    "suspend",
    "void",
    "merge",
    "transfer",
    "transfer_out",
    "comment",
    "appeal",
]
_TWISTS: dict[Twist, int] = {
    "none": 56,
    "refuse": 5,
    "extension": 7,
    "rework": 9,
    "joint": 4,
    "recurrence": 4,
    "suspend": 4,
    "void": 2,
    "merge": 2,
    "transfer": 3,
    "transfer_out": 1,
    "comment": 3,
}
# So many of the late units' items see an appeal against the overdue mark.
_APPEALS = 0.15
# The office acts on these while the item waits for its unit, which therefore holds still until it has.
BEFORE_ACCEPTANCE: frozenset[Twist] = frozenset({"joint", "void", "merge", "transfer", "transfer_out"})


@dataclass(slots=True)
class Plan:
    """One item's story. Delays are seconds after the step began."""

    twist: Twist
    accept_after: float
    submit_after: float
    check_after: float
    recheck_after: float
    asked: Literal["", "extension", "appeal"] = ""
    done: set[str] = field(default_factory=set[str])
    _step: str = ""
    _since: float = 0.0

    def in_step_for(self, step: str, now: float) -> float:
        """How many seconds the item has been seen in this step."""
        if step != self._step:
            self._step, self._since = step, now
        return now - self._since

    def pending(self, *twists: Twist) -> bool:
        """Whether one of these twists is this item's and has not happened yet."""
        return self.twist in twists and self.twist not in self.done


class Plans:
    """The plans of all items; drawn when an item is first seen."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._plans: dict[UUID, Plan] = {}

    def of(self, item_id: UUID, unit: str | None, source: str) -> Plan:
        """The plan of an item, as first seen with a unit. What recurred once does not recur again."""
        plan = self._plans.get(item_id)
        if plan is None:
            plan = self._plans[item_id] = self._draw(item_id, unit, source)
        return plan

    def _draw(self, item_id: UUID, unit: str | None, source: str) -> Plan:
        chance = random.Random(f"{self._seed}:{item_id}")  # noqa: S311 - a story, not a secret
        character = temper(unit)
        again = source.startswith("duban:")
        # What came back is watched by everybody, so that even late units hurry.
        late = character == "late" and not again
        twist = chance.choices(list(_TWISTS), weights=list(_TWISTS.values()))[0]
        if late and chance.random() < _APPEALS:
            twist = "appeal"
        if character in {"never_accepts", "never_rectifies"} or again:
            twist = "none"
        return Plan(
            twist=twist,
            accept_after=chance.uniform(6.5, 10.0) if late else chance.uniform(0.5, 3.0),
            submit_after=chance.uniform(12.5, 17.0) if late else chance.uniform(1.5, 6.0),
            check_after=chance.uniform(0.5, 2.5),
            recheck_after=chance.uniform(2.0, 6.0),
        )
