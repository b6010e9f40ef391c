"""Which reports were merged 并案 into an item, directly or by way of another one: their reporters are told too."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID, uuid5

from services.store.webhook_reading import Report


def reports_in(absorbed: Sequence[UUID], reports: Mapping[UUID, Report]) -> Iterator[Report]:
    """Those of these duplicates, and of whatever had been merged into them before, each once."""
    waiting, seen = list(absorbed), set[UUID]()
    while waiting:
        report = reports.get(waiting.pop(0))
        if report is not None and report.item not in seen:
            seen.add(report.item)
            waiting += report.absorbed
            yield report


def message_id(event_id: UUID, report: Report | None) -> UUID:
    """A message's id: the event's, and for every merged report one of its own, the same however often it is made."""
    return event_id if report is None else uuid5(event_id, str(report.item))
