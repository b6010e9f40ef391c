"""What the activities about acts of supervision need of the event store: commands completed in their transaction."""

from dataclasses import dataclass
from uuid import UUID

from domain.accountability.values import Cause, RungCause
from domain.item.state import Item
from domain.obligation.state import Obligation
from domain.supervision.commands import ActCommand, IssueAct
from domain.supervision.rejections import NoSuchAct
from domain.supervision.state import Act
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT, ITEM, OBLIGATION
from services.handling.command_handler import Wish
from services.worker.outages import outages_named
from services.worker.ports import StreamsInStore


@dataclass(frozen=True)
class ActsInStore(StreamsInStore[Act, ActCommand]):
    """Acts, with their numbers and documents, and with what gave rise to them."""

    aggregate = ACT
    missing = NoSuchAct

    completion: ActCompletion

    async def issue(self, act_id: UUID, command: IssueAct) -> None:
        """Give the act its number and its documents and append. Raises a Rejection where a rule says no."""
        with outages_named():
            await self.handler.handle(Wish(ACT, act_id, command, completed=self.completion.of(command)))

    async def source_of(self, cause: Cause) -> Item | Obligation | None:
        """The item or obligation that climbed the rung; None where nothing did."""
        if not isinstance(cause, RungCause):
            return None
        aggregate = ITEM if cause.source == "item" else OBLIGATION
        with outages_named():
            stored = await self.store.state(cause.stream_id)
        return aggregate.states.validate_json(stored.state) if stored and stored.kind == aggregate.kind else None
