"""What the activities about accountability cases need of the event store: commands completed in their transaction."""

from dataclasses import dataclass
from uuid import UUID

from domain.accountability.commands import CaseCommand
from domain.accountability.rejections import NoSuchCase
from domain.accountability.state import Case
from services.handling.aggregates import CASE
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import Wish
from services.worker.outages import outages_named
from services.worker.ports import StreamsInStore


@dataclass(frozen=True)
class CasesInStore(StreamsInStore[Case, CaseCommand]):
    """Accountability cases, with the documents that are drawn up when the unit is notified."""

    aggregate = CASE
    missing = NoSuchCase

    completion: CaseCompletion

    async def carry_out(self, stream_id: UUID, command: CaseCommand) -> None:
        """Decide and append one command. Raises a Rejection where a rule says no."""
        with outages_named():
            await self.handler.handle(Wish(CASE, stream_id, command, completed=self.completion.of(command)))
