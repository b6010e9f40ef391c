"""Numbers without gaps 文号: given inside the transaction of the command that uses them, or not at all."""

from datetime import datetime
from zoneinfo import ZoneInfo

from asyncpg.pool import PoolConnectionProxy

from domain.accountability.rules import Series, number_text
from domain.accountability.values import Number
from domain.rulebook.rulebook import Rulebook
from services.store.series import take_number

# The events that give a number; the counters are recreated from them.
NUMBERED_EVENTS = ("act.issued.v1", "case.opened.v1", "case.decided.v1", "case.reviewed.v1")


async def next_number(
    connection: PoolConnectionProxy, series: Series, at: datetime, rules: Rulebook, campaign_id: str | None
) -> Number:
    """The next number of a series, over the connection of a command's transaction (`Wish.completed`).

    The year is that of the instant in the time zone of the calendar in force, the prefix that of the policy in force.
    Campaigns share the series of their city. Whatever undoes the transaction gives the number back.
    """
    regime = rules.regime(campaign_id)
    year = at.astimezone(ZoneInfo(regime.calendar.timezone)).year
    sequence = await take_number(connection, series, year)
    text = number_text(regime.policy.accountability.prefix(series), year, sequence)
    return Number(series=series, year=year, sequence=sequence, text=text)
