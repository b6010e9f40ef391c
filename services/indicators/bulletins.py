"""Computes what a bulletin publishes, once the facts have caught up with the log."""

import asyncio
from datetime import datetime

import asyncpg

from domain.bulletin.content import Content, Period
from domain.indicator.book import FormulaBook
from domain.rulebook.rulebook import Rulebook
from services.indicators.indicators import open_indicators
from services.indicators.scope import About, extent
from services.store.indicator_queries import behind
from services.store.item_queries import Scope

CATCH_UP_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.05


class FactsBehindError(RuntimeError):
    """The projector has not caught up in time: it is stopped, or has much to do. Try again later."""


async def content_of(
    pool: asyncpg.Pool, book: FormulaBook, campaign_id: str | None, period: Period, as_of: datetime, rules: Rulebook
) -> Content:
    """All figures and rankings of a period, as of a moment."""
    about = About(campaign_id=campaign_id, starts_at=period.starts_at, ends_at=period.ends_at)
    wanted = extent(about, Scope(), rules)
    async with open_indicators(pool) as indicators:
        evaluation = await indicators.evaluate(book, wanted, as_of)
        rankings = [await indicators.rank(book, rule, wanted, as_of, rules) for rule in book.rankings]
    return Content(
        period=period,
        as_of=as_of,
        position=evaluation.position,
        formulas=book.ref,
        figures=evaluation.figures,
        rankings=tuple(rankings),
    )


async def caught_up(pool: asyncpg.Pool, seconds: float = CATCH_UP_SECONDS) -> None:
    """Wait until the facts contain all that is in the log; raises FactsBehindError."""
    deadline = asyncio.get_running_loop().time() + seconds
    while await behind(pool) > 0:
        if asyncio.get_running_loop().time() >= deadline:
            raise FactsBehindError
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
