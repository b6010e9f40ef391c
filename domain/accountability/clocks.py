"""Starting the clock of a step of accountability: limit and calendar of the policy in force, and no ladder."""

from collections.abc import Mapping
from datetime import datetime

from domain.accountability.rules import CaseLimits
from domain.clock import Clock, ClockKind
from domain.limits import Limit
from domain.rulebook.regime import Regime


def start(
    kind: ClockKind,
    regime: Regime,
    at: datetime,
    *,
    started: Mapping[ClockKind, int] | None = None,
) -> Clock:
    """Start the next clock of a kind. ``started`` counts those there were."""
    limit = limit_of(kind, regime.policy.accountability.limits)
    return regime.start_clock(kind, (started or {}).get(kind, 0), limit, at)


def limit_of(kind: ClockKind, limits: CaseLimits) -> Limit:
    """How long a step may take."""
    return {
        ClockKind.NOTIFY: limits.notify,
        ClockKind.STATEMENT: limits.statement,
        ClockKind.FINDING: limits.finding,
        ClockKind.DECISION: limits.decision,
        ClockKind.APPEAL: limits.appeal,
        ClockKind.REVIEW: limits.review,
        ClockKind.CARRY_OUT: limits.carry_out,
        ClockKind.RECORD: limits.record,
    }[kind]
