"""Reckons by hand when a clock is due and when its rungs are to be climbed, from what was published and what happened.

None of this is the product's own arithmetic. It knows round-the-clock limits in seconds, as the load publishes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

RUNGS = ("warn", "remind", "supervise", "criticise", "summon", "hold_to_account")
_SECONDS = "elapsed_seconds"


class UnreckonableError(Exception):
    """A limit that is not given in seconds around the clock."""


@dataclass(frozen=True, slots=True)
class Published:
    """The policies by version and the categories by code, as the API showed them; limits by phase and duty."""

    policies: Mapping[str, Mapping[str, Any]]
    categories: Mapping[str, Mapping[str, Any]]
    duties: Mapping[tuple[str, str], Mapping[str, Any]] = field(
        default_factory=dict[tuple[str, str], Mapping[str, Any]]
    )

    def limit(self, policy: str, category: str, kind: str, *, rework: bool) -> timedelta:
        """How long a step may take."""
        rules, own = self.policies[policy], self.categories[category]
        usual = own["limits"].get(kind) or rules["limits"][kind]
        return seconds((own["rework"] or rules["rework"] or usual) if rework else usual)

    def ladder(self, policy: str, category: str, kind: str) -> Sequence[Mapping[str, Any]]:
        """The rules of the rungs, lowest first; none where the policy has no ladder for this."""
        rules = self.policies[policy]
        graver = rules["severities"].get(self.categories[category]["severity"], {}).get(kind)
        found: Mapping[str, Any] = graver or rules["ladders"].get(kind) or {"rules": ()}
        return found["rules"]

    def duty(self, clock: Mapping[str, Any], owed: Mapping[str, Any], at: datetime) -> "Clock":
        """The clock of an occurrence of a duty that was handed out at an instant: the ladder is rectification's.

        It runs from the occurrence, and no rung is climbed before the unit was told; where it would have run out
        before that, it runs from then on.
        """
        occurrence = datetime.fromisoformat(owed["occurrence"])
        limit = seconds(self.duties[owed["phase_id"], owed["duty_id"]])
        ladders = self.policies[clock["policy_version"]]["ladders"]
        ladder = (ladders.get("duty") or ladders["rectify"])["rules"]
        if occurrence + limit > at:
            return Clock(clock["clock_id"], ladder, occurrence, limit, ladder_from=max(occurrence, at))
        return Clock(clock["clock_id"], ladder, at, limit)


def seconds(limit: Mapping[str, Any]) -> timedelta:
    """A limit as a stretch of time."""
    if limit["kind"] != _SECONDS:
        raise UnreckonableError(limit["kind"])
    return timedelta(seconds=limit["amount"])


@dataclass(slots=True)
class Clock:
    """One step's time, as it was told: opened when, with which limit, extended by how much, suspended when."""

    clock_id: str
    ladder: Sequence[Mapping[str, Any]]
    opened: datetime
    limit: timedelta
    extended: timedelta = timedelta(0)
    suspended: list[tuple[datetime, datetime | None]] = field(default_factory=list[tuple[datetime, datetime | None]])
    climbed: list[str] = field(default_factory=list[str])
    overdue: datetime | None = None
    ladder_from: datetime | None = None

    @property
    def stands_still(self) -> bool:
        """Whether a suspension is open."""
        return bool(self.suspended) and self.suspended[-1][1] is None

    @property
    def budget(self) -> timedelta:
        """The limit with its extensions."""
        return self.limit + self.extended

    @property
    def due(self) -> datetime:
        """When the budget is used up."""
        return self._after(self.opened, self.budget)

    def planned(self) -> dict[str, datetime]:
        """When each rung above those climbed is to be climbed; nothing while the clock stands still."""
        if self.stands_still:
            return {}
        found: dict[str, datetime] = {}
        reached = self.opened
        highest = max((RUNGS.index(rung) for rung in self.climbed), default=-1)
        for rule in self.ladder:
            at = self._at(rule)
            if self.ladder_from is not None and at < self.ladder_from:
                continue
            reached = max(reached, at)
            if RUNGS.index(rule["rung"]) > highest:
                found[rule["rung"]] = reached
        return found

    def pending(self, before: datetime) -> Iterator[tuple[str, datetime]]:
        """What should have been recorded before an instant and was not: rungs, and that it is overdue."""
        if self.stands_still:
            return
        if self.due < before and (self.overdue is None or self.overdue < self.due):
            yield "overdue", self.due
        yield from ((rung, at) for rung, at in self.planned().items() if at < before)

    def _at(self, rule: Mapping[str, Any]) -> datetime:
        if rule["share_of_limit"] is not None:
            share = -(-int(self.budget.total_seconds()) * rule["share_of_limit"] // 100)
            return self._after(self.opened, timedelta(seconds=share))
        if rule["before_due"] is not None:
            return self._after(self.opened, max(timedelta(0), self.budget - seconds(rule["before_due"])))
        return self._after(max(self.due, self.ladder_from or self.due), seconds(rule["after_due"]))

    def _after(self, start: datetime, amount: timedelta) -> datetime:
        """So much running time later: while suspended nothing runs."""
        at = start
        for began, ended in self.suspended:
            if ended is None or ended <= at:
                continue
            if began <= at:
                at = ended
                continue
            if at + amount < began:
                break
            amount -= began - at
            at = ended
        return at + amount
