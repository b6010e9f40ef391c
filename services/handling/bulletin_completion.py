"""What only the transaction of a bulletin can tell: which criticisms it names, so that each is named once."""

from asyncpg.pool import PoolConnectionProxy

from domain.accountability.values import RungCause
from domain.bulletin.commands import CorrectBulletin, PublishBulletin
from domain.bulletin.content import Content, NamedCriticism
from domain.bulletin.state import Bulletin
from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from domain.supervision.occasion import deadline_excused
from domain.supervision.state import Act
from services.handling.aggregates import ACT, ITEM, OBLIGATION
from services.store.consequence_queries import ConsequenceQueries
from services.store.event_store import EventStore


async def naming_criticisms(
    connection: PoolConnectionProxy, command: Command, before: Bulletin | None, _rules: Rulebook
) -> Command:
    """Name the criticisms that are due in this bulletin; a correction names those of the edition before it."""
    match command:
        case PublishBulletin():
            return _with(command, await _due(connection, command))
        case CorrectBulletin() if before is not None:
            return _with(command, before.newest.content.criticisms)
        case _:
            return command


def _with(command: PublishBulletin | CorrectBulletin, criticisms: tuple[NamedCriticism, ...]) -> Command:
    content: Content = command.content.model_copy(update={"criticisms": criticisms})
    return command.model_copy(update={"content": content})


async def _due(connection: PoolConnectionProxy, command: PublishBulletin) -> tuple[NamedCriticism, ...]:
    """Those issued before the period's end, of the campaign, or in a bulletin of the whole city of all campaigns.

    One whose deadline an appeal has excused since then is not named; the office withdraws it.
    """
    found: list[NamedCriticism] = []
    for stored in await ConsequenceQueries(connection).issued_criticisms(command.campaign_id):
        act: Act = ACT.states.validate_json(stored.state)
        planned, issued = act.file.planned, act.file.issued
        if issued is None or issued.occurred_at > command.at:
            continue
        if issued.occurred_at >= command.content.period.ends_at or await _is_excused(connection, act):
            continue
        number, points = issued.number.text, planned.points
        found.append(
            NamedCriticism(number=number, act_id=planned.act_id, unit=planned.unit, title=planned.title, points=points)
        )
    return tuple(found)


async def _is_excused(connection: PoolConnectionProxy, act: Act) -> bool:
    cause = act.file.planned.cause
    if not isinstance(cause, RungCause):
        return False
    stored = await EventStore(connection).state(cause.stream_id)
    aggregate = ITEM if cause.source == "item" else OBLIGATION
    if stored is None or stored.kind != aggregate.kind:
        return False
    return deadline_excused(cause, aggregate.states.validate_json(stored.state))
