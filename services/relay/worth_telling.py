"""Which entries of the log a workflow has to be told of, and which items are over before anybody could watch them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from activities.item_follow_up import SERVICE
from services.store.item_standings import ItemStanding, LogEntry
from services.temporal.arming import watch_of

# Nothing an item waits for changes by these.
_BESIDE = frozenset(
    {
        "item.commented.v1",
        "item.extension_requested.v1",
        "item.extension_refused.v1",
        "item.overdue_appealed.v1",
        "item.overdue_appeal_granted.v1",
        "item.overdue_appeal_refused.v1",
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
    }
)


def items_to_tell(entries: Iterable[LogEntry]) -> list[UUID]:
    """The items whose workflows have to be told, each once, in the order in which the log first speaks of them."""
    return list(dict.fromkeys(entry.stream_id for entry in entries if _is_news(entry)))


def without_stillborn(standings: Iterable[ItemStanding], entries: Sequence[LogEntry]) -> list[ItemStanding]:
    """Leave out items that were over when they came to exist, such as finished rows of an imported ledger.

    Only where one transaction wrote the item's whole life: then nobody can ever have seen it unfinished, and no
    workflow of it can be running, however often these entries were read before.
    """
    born = {entry.stream_id: entry.transaction for entry in entries if entry.version == 1}
    lived = {(entry.stream_id, entry.version, entry.transaction) for entry in entries}
    return [
        standing
        for standing in standings
        if not (
            watch_of(standing).notice.over and (standing.item_id, standing.version, born.get(standing.item_id)) in lived
        )
    ]


def _is_news(entry: LogEntry) -> bool:
    if entry.kind != "item" or entry.type in _BESIDE:
        return False
    return not (entry.type in _ANSWERED and entry.actor == SERVICE.principal)
