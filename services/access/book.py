"""Writes accesses into the event store: one stream for each principal and day, all of a batch in one transaction."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import uuid4

from domain.access.commands import RecordAccesses
from domain.access.events import AccessEvent
from domain.actor import Actor
from services.access.trace import Trace
from services.handling.aggregates import ACCESS
from services.handling.command_handler import CommandHandler, Wish
from services.handling.receipts import Receipt
from services.store.client_addresses import ClientAddresses

_MOST_AT_ONCE = 500


def stream_key(principal: str, day: date) -> str:
    """The key of the stream of a principal's accesses on a day (UTC)."""
    return f"{principal}:{day.isoformat()}"


class AccessBook:
    """What was decided to be written gets written here, or an error says that it was not."""

    def __init__(self, handler: CommandHandler, addresses: ClientAddresses, *, run: str | None = None) -> None:
        """``run``: write into a stream of this run's own, whatever became of the state of others."""
        self._handler = handler
        self._addresses = addresses
        self._run = run

    async def write(self, traces: Sequence[Trace], at: datetime) -> None:
        """Put accesses on disk, in order. Raises what the store raises; then some of them may stand all the same."""
        for start in range(0, len(traces), _MOST_AT_ONCE):
            await self._write(traces[start : start + _MOST_AT_ONCE], at)

    async def _write(self, traces: Sequence[Trace], at: datetime) -> None:
        addresses = sorted({trace.address for trace in traces if trace.address is not None})
        origins = await self._addresses.origins(addresses, at.date()) if addresses else {}
        streams: dict[tuple[Actor, date], list[AccessEvent]] = {}
        for trace in traces:
            event = trace.under(origins.get(trace.address or ""))
            streams.setdefault((trace.actor, event.occurred_at.astimezone(UTC).date()), []).append(event)
        wishes = [self._wish(actor, day, events, at) for (actor, day), events in streams.items()]
        for answer in await self._handler.handle_together(wishes):
            if not isinstance(answer, Receipt):
                raise answer

    def _wish(self, actor: Actor, day: date, events: Sequence[AccessEvent], at: datetime) -> Wish:
        command = RecordAccesses(command_id=f"access:{uuid4()}", at=at, actor=actor, accesses=tuple(events))
        stream = ACCESS.stream(self._run or stream_key(actor.principal, day))
        return Wish(ACCESS, stream, command, new=True)
