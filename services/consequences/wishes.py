"""The commands that follow from an entry of the log: named after it, so that the same entry never leads to two."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from domain.accountability.commands import NoteExcuse, OpenCase
from domain.accountability.rules import Series
from domain.actor import Actor, Role
from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import PlanAct, RecordPublication
from services.handling.aggregates import ACT, CASE
from services.handling.command_handler import Wish
from services.handling.numbering import next_number

Objection = Callable[[PoolConnectionProxy, OpenCase | PlanAct], Awaitable[None]]
"""Refuses, in the transaction of the act or case, what is not to follow after all."""

SERVICE = Actor(principal="service:consequences", role=Role.SYSTEM)


def act_of_rung(source: str, stream_id: UUID, clock_id: str, rung: str) -> UUID:
    """The act that a rung of a clock leads to."""
    return ACT.stream(f"{source}\n{stream_id}\n{clock_id}\n{rung}")


def case_of_rung(source: str, stream_id: UUID, clock_id: str) -> UUID:
    """The case that the last rung of a clock leads to."""
    return CASE.stream(f"{source}\n{stream_id}\n{clock_id}")


def act_of_ranking(bulletin_id: UUID, ranking_id: str, unit: str) -> UUID:
    """The act that a unit's place in a bulletin's ranking leads to."""
    return ACT.stream(f"ranking\n{bulletin_id}\n{ranking_id}\n{unit}")


def case_of_ranking(bulletin_id: UUID, ranking_id: str, unit: str) -> UUID:
    """The case that a unit's place in a bulletin's ranking leads to."""
    return CASE.stream(f"ranking\n{bulletin_id}\n{ranking_id}\n{unit}")


def planning(command: PlanAct, unless: Objection | None = None) -> Wish:
    """An act is to be issued, unless there is an objection."""

    async def completed(connection: PoolConnectionProxy, wanted: Command, _before: object, _rules: Rulebook) -> Command:
        if unless is not None:
            await unless(connection, command)
        return wanted

    request = _request(command.command_id)
    objected = completed if unless is not None else None
    return Wish(ACT, command.act_id, command, new=True, request_sha256=request, completed=objected)


def opening(command: OpenCase, unless: Objection | None = None) -> Wish:
    """A case is to be opened, under the next number, unless there is an objection in its transaction."""

    async def completed(connection: PoolConnectionProxy, wanted: Command, _before: object, rules: Rulebook) -> Command:
        if unless is not None:
            await unless(connection, command)
        number = await next_number(connection, Series.CASE, command.at, rules, command.campaign_id)
        return wanted.model_copy(update={"number": number})

    request = _request(command.command_id)
    return Wish(CASE, command.case_id, command, new=True, request_sha256=request, completed=completed)


def publishing(act_id: UUID, command: RecordPublication) -> Wish:
    """A criticism stands in a bulletin now."""
    return Wish(ACT, act_id, command, request_sha256=_request(command.command_id))


def excusing(case_id: UUID, command: NoteExcuse) -> Wish:
    """The missed deadline behind a case does not count any more."""
    return Wish(CASE, case_id, command, request_sha256=_request(command.command_id))


def _request(key: str) -> bytes:
    # Made again after a crash the command may say more than it did, for acts were issued meanwhile: the request is the
    # same all the same.
    return sha256(key.encode()).digest()
