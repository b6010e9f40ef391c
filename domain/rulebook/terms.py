"""What a rung brings with it when it is climbed on a clock: under the policy version that the clock runs by."""

from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock
from domain.instant import UnusableInstantError
from domain.ladder import Ladder, Recipient, Rung, RungTerms, usual_recipients
from domain.limits import Limit
from domain.rulebook.rulebook import Rulebook
from domain.schedule import due_after


@dataclass(frozen=True, slots=True)
class Brought:
    """Who is told, the points taken from the unit in charge, and until when it is to have answered."""

    recipients: tuple[Recipient, ...]
    points: int = 0
    answer_by: datetime | None = None


def ladder_of(clock: Clock, rules: Rulebook) -> Ladder:
    """The ladder that a clock climbs: of its policy version, for its severity."""
    return rules.policy(clock.policy_version).ladder_of(clock)


def brought(
    rung: Rung, terms: RungTerms | None, clock: Clock, unit: str | None, at: datetime, rules: Rulebook
) -> Brought:
    """What a rung brings that is climbed at an instant. Without a unit in charge nobody loses points or answers."""
    named = terms.recipients if terms else ()
    recipients = named or usual_recipients(rung, with_a_unit=unit is not None)
    if terms is None or unit is None:
        return Brought(recipients)
    answer_by = None if terms.new_limit is None else _until(terms.new_limit, clock, at, rules)
    return Brought(recipients, terms.points, answer_by)


def _until(limit: Limit, clock: Clock, at: datetime, rules: Rulebook) -> datetime | None:
    """No date, where the calendar has too few working days to reach one: that must not keep the rung from the unit."""
    try:
        return due_after(limit, at, rules.calendar(clock.calendar_version))
    except UnusableInstantError:
        return None
