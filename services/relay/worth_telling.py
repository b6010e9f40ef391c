"""Which entries of the log a workflow has to be told of, and what is over before anybody could watch it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from activities.streams import SERVICE
from services.store.standings import LogEntry, StandingRow
from services.temporal.watched import WATCHED, watch_of

# Nothing anybody waits for changes by these.
_BESIDE = frozenset(
    {
        "item.absorbed.v1",
        "item.commented.v1",
        "item.extension_requested.v1",
        "item.extension_refused.v1",
        "item.overdue_appealed.v1",
        "item.overdue_appeal_granted.v1",
        "item.overdue_appeal_refused.v1",
        "obligation.overdue_appealed.v1",
        "obligation.overdue_appeal_granted.v1",
        "obligation.overdue_appeal_refused.v1",
        "act.acknowledged.v1",
        "act.answered.v1",
        "act.published.v1",
        "case.ground_excused.v1",
    }
)
# The workflow that asked for these has them in its answer, or asks again.
_ANSWERED = frozenset(
    {
        "item.fell_overdue.v1",
        "item.rung_climbed.v1",
        "item.accountability_fell_due.v1",
        "item.suspension_review_fell_due.v1",
        "item.recurrence_opened.v1",
        "campaign.phase_opened.v1",
        "campaign.phase_closed.v1",
        "campaign.duty_called.v1",
        "campaign.duty_obligations_opened.v1",
        "campaign.recomputation_started.v1",
        "campaign.gate_assessed.v1",
        "campaign.gate_referred.v1",
        "obligation.milestone_missed.v1",
        "obligation.fell_overdue.v1",
        "obligation.rung_climbed.v1",
        "obligation.accountability_fell_due.v1",
        "act.issued.v1",
        "act.fell_overdue.v1",
        "act.withdrawn.v1",
        "bulk.progressed.v1",
        "bulk.finished.v1",
        "case.unit_notified.v1",
        "case.statement_absent.v1",
        "case.appeal_lapsed.v1",
        "case.fell_overdue.v1",
    }
)


def streams_to_tell(entries: Iterable[LogEntry]) -> list[UUID]:
    """What has a workflow that has to be told, each once, in the order in which the log first speaks of them."""
    return list(dict.fromkeys(entry.stream_id for entry in entries if _is_news(entry)))


def without_stillborn(standings: Iterable[StandingRow], entries: Sequence[LogEntry]) -> list[StandingRow]:
    """Leave out what was over when it came to exist, such as finished rows of an imported ledger.

    Only where one transaction wrote its whole life: then nobody can ever have seen it unfinished, and no
    workflow of it can be running, however often these entries were read before.
    """
    born = {entry.stream_id: entry.transaction for entry in entries if entry.version == 1}
    lived = {(entry.stream_id, entry.version, entry.transaction) for entry in entries}
    return [
        standing
        for standing in standings
        if not (
            watch_of(standing).notice.over
            and (standing.stream_id, standing.version, born.get(standing.stream_id)) in lived
        )
    ]


def _is_news(entry: LogEntry) -> bool:
    if entry.kind not in WATCHED or entry.type in _BESIDE:
        return False
    return not (entry.type in _ANSWERED and entry.actor == SERVICE.principal)
