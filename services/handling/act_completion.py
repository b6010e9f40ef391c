"""What commands about acts of supervision are completed with, in their own transaction: numbers and documents."""

from dataclasses import dataclass

from asyncpg.pool import PoolConnectionProxy

from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from domain.supervision import commands as c
from domain.supervision import events as e
from domain.supervision.decisions import decide
from domain.supervision.state import Act
from domain.supervision.values import SERIES_OF_ACT
from services.documents.desk import Desk
from services.documents.letter import Letter
from services.documents.letters import act_letter, interview_letter
from services.handling.command_handler import Completion
from services.handling.numbering import next_number

_COMPLETED = (c.IssueAct, c.RecordInterview)


@dataclass(frozen=True, slots=True)
class ActCompletion:
    """Numbers what is issued, and has the letter to the unit or the record of the interview drawn up."""

    desk: Desk

    def of(self, command: Command) -> Completion | None:
        """What completes a command; None where it is complete as it is asked."""
        return self.complete if isinstance(command, _COMPLETED) else None

    async def complete(
        self, connection: PoolConnectionProxy, command: Command, before: Act | None, rules: Rulebook
    ) -> Command:
        """Fill in number and documents. What is refused is refused before anything is drawn up."""
        if before is None or not isinstance(command, c.IssueAct | c.RecordInterview):
            return command
        if isinstance(command, c.IssueAct):
            planned = before.file.planned
            series = SERIES_OF_ACT[planned.kind]
            number = await next_number(connection, series, command.at, rules, planned.campaign_id)
            command = command.model_copy(update={"number": number})
        letter = _letter(decide(command, before, rules)[-1], before, rules)
        return command.model_copy(update={"documents": await self.desk.draw_up(connection, letter)})


def _letter(event: e.ActEvent, before: Act, rules: Rulebook) -> Letter:
    """The letter about what would follow; the rules have agreed to it."""
    planned, issued = before.file.planned, before.file.issued
    match event:
        case e.ActIssued():
            return act_letter(planned, event.number, event.occurred_at, rules)
        case e.InterviewRecorded() if issued is not None:
            return interview_letter(planned, issued.number, event, rules)
        case _:
            raise LookupError("no letter goes with this event")
