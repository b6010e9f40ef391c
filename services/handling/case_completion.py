"""What commands about accountability cases are completed with, in their own transaction: numbers and documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.decisions import decide
from domain.accountability.rules import Series
from domain.accountability.state import Case
from domain.accountability.values import Grounds
from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from services.documents.desk import Desk
from services.documents.letter import Letter
from services.documents.letters import case_notice_letter, decision_letter, review_letter
from services.handling.command_handler import Completion
from services.handling.numbering import next_number
from services.store.event_store import EventStore

_NUMBERED: Mapping[type[Command], Series] = {
    c.OpenCase: Series.CASE,
    c.DecideCase: Series.DECISION,
    c.ReviewDecision: Series.DECISION,
}
_COMPLETED = (*_NUMBERED, c.NotifyUnit)


@dataclass(frozen=True, slots=True)
class CaseCompletion:
    """Numbers what is opened, decided and reviewed, and has the letters drawn up that go to the unit."""

    desk: Desk

    def of(self, command: Command) -> Completion | None:
        """What completes a command; None where it is complete as it is asked."""
        return self.complete if isinstance(command, _COMPLETED) else None

    async def complete(
        self, connection: PoolConnectionProxy, command: Command, before: Case | None, rules: Rulebook
    ) -> Command:
        """Fill in number and documents. What is refused is refused before anything is drawn up."""
        if isinstance(command, c.OpenCase):
            return await _numbered(connection, command, command.campaign_id, rules)
        if before is None or not isinstance(command, c.NotifyUnit | c.DecideCase | c.ReviewDecision):
            return command
        opened = before.record.opened
        asked = await _numbered(connection, command, opened.campaign_id, rules)
        letter = await _letter(connection, decide(asked, before, rules), before, rules)
        return _with(asked, documents=await self.desk.draw_up(connection, letter))


async def _letter(
    connection: PoolConnectionProxy, events: Sequence[e.CaseEvent], before: Case, rules: Rulebook
) -> Letter:
    """The letter about what would follow; the rules have agreed to it."""
    opened, decided = before.record.opened, before.record.decided
    for event in events:
        match event:
            case e.UnitNotified():
                return case_notice_letter(opened, event.occurred_at, event.clock.due_at, rules)
            case e.CaseDecided():
                numbers = await _numbers(connection, event.grounds)
                return decision_letter(opened, event, rules, numbers, heard=before.record.heard)
            case e.DecisionReviewed() if decided is not None:
                return review_letter(opened, decided, event, rules, await _numbers(connection, event.grounds))
            case _:
                pass
    raise LookupError("no letter goes with these events")


async def _numbered(
    connection: PoolConnectionProxy, command: c.CaseCommand, campaign_id: str | None, rules: Rulebook
) -> c.CaseCommand:
    series = _NUMBERED.get(type(command))
    if series is None:
        return command
    return _with(command, number=await next_number(connection, series, command.at, rules, campaign_id))


async def _numbers(connection: PoolConnectionProxy, grounds: Grounds) -> Mapping[str, str]:
    """The numbers of the items and obligations that a decision rests on, by id, for people to read."""
    states = await EventStore(connection).states([*grounds.items, *grounds.obligations])
    return {str(stream_id): stored.row.number for stream_id, stored in states.items() if stored.row.number}


def _with(command: c.CaseCommand, **content: Any) -> c.CaseCommand:
    return command.model_copy(update=content)
