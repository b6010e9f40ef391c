"""Starting the clock of a step: limit, calendar and ladder of the policy in force at that instant."""

from datetime import datetime, timedelta

from domain.clock import Clock, ClockKind
from domain.item.rejections import DueTooFarAhead
from domain.item.state import Dossier
from domain.limits import LARGEST_AMOUNT, Limit, LimitKind
from domain.rulebook.rulebook import Rulebook


def start(
    kind: ClockKind,
    file: Dossier,
    at: datetime,
    rules: Rulebook,
    *,
    limit: Limit | None = None,
    ladder_from: datetime | None = None,
) -> Clock:
    """Start the next clock of a kind for an item, with the category's limit unless another is given."""
    regime = rules.regime(file.campaign_id)
    wanted = limit or regime.limit(file.issue.category, kind)
    if wanted is None:
        raise LookupError(f"the policy has no limit for {kind}")
    severity = regime.severity(file.issue.category)
    return regime.start_clock(kind, file.clocks.get(kind, 0), wanted, at, ladder_from, severity=severity)


def until(deadline: datetime, at: datetime) -> Limit:
    """An explicit due date as a limit: the seconds from ``at``, none if the date has passed."""
    seconds = max(0, (deadline - at) // timedelta(seconds=1))
    if seconds > LARGEST_AMOUNT[LimitKind.ELAPSED_SECONDS]:
        raise DueTooFarAhead(due_at=deadline.isoformat())
    return Limit(kind=LimitKind.ELAPSED_SECONDS, amount=seconds)
