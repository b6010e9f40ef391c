"""Starting the clock of an obligation: calendar and ladder of the policy in force in its campaign."""

from collections.abc import Mapping
from datetime import datetime

from domain.clock import Clock, ClockKind
from domain.limits import Limit
from domain.rulebook.rulebook import Rulebook


def start(
    kind: ClockKind,
    campaign_id: str,
    limit: Limit,
    at: datetime,
    rules: Rulebook,
    *,
    started: Mapping[ClockKind, int] | None = None,
    ladder_from: datetime | None = None,
) -> Clock:
    """Start the next clock of a kind. ``started`` counts those there were; ``ladder_from``: no rung before it."""
    return rules.regime(campaign_id).start_clock(kind, (started or {}).get(kind, 0), limit, at, ladder_from)


def start_duty(campaign_id: str, limit: Limit, occurrence: datetime, at: datetime, rules: Rulebook) -> Clock:
    """The clock of an occurrence, from its instant; from now on, where it would have run out before anybody was told.

    No rung is planned before the unit was told.
    """
    clock = start(ClockKind.DUTY, campaign_id, limit, occurrence, rules, ladder_from=max(occurrence, at))
    if clock.due_at is not None and clock.due_at > at:
        return clock
    return start(ClockKind.DUTY, campaign_id, limit, at, rules)


def acceptance_limit(campaign_id: str, rules: Rulebook) -> Limit:
    """How long acceptance may take: as the policy says, else as long as a check."""
    limits = rules.regime(campaign_id).policy.limits
    return limits.get(ClockKind.ACCEPTANCE) or limits[ClockKind.CHECK]


def redo_limit(campaign_id: str, rules: Rulebook) -> Limit:
    """How long the unit gets after a return: the limit of rework, else of rectification."""
    policy = rules.regime(campaign_id).policy
    return policy.rework or policy.limits[ClockKind.RECTIFY]
