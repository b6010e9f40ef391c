"""A store that histories of the domain's scenarios are written into as they are, projected, and asked for figures."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from domain.indicator.book import Cases, FormulaBook
from domain.indicator.figures import Figure
from domain.indicator.standard import STANDARD
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM
from services.handling.command_handler import new_event
from services.indicators.indicators import open_indicators
from services.indicators.scope import About, extent
from services.store.event_store import EventStore
from services.store.indicator_queries import CasePlace
from services.store.item_queries import Scope
from services.store.pools import open_pool, prepare
from services.store.projections import FactProjection
from services.store.records import Append
from tests.domain.item_samples import RULES, given, report
from tests.domain.scenario import Deed, Scenario


@dataclass
class Facts:
    """The store with its facts. ``projection`` holds the subscription until somebody else takes it."""

    database: DatabaseAddresses
    pool: asyncpg.Pool
    projection: FactProjection

    async def record(self, *lives: Scenario) -> list[UUID]:
        """Write the events of whole lives, give them their places in the log, and project them."""
        ids = await self.write(*lives)
        await self.project()
        return ids

    async def write(self, *lives: Scenario) -> list[UUID]:
        await EventStore(self.pool).append([stored(life.history, life.state) for life in lives])
        await self.sequence()
        return [life.state.dossier.item_id for life in lives]

    async def sequence(self) -> None:
        connection = await asyncpg.connect(self.database.sequencer)
        await connection.fetchval("SELECT es.sequence_tick()")
        await connection.close()

    async def project(self, most: int = 1000) -> None:
        while await self.projection.step(most):
            pass

    async def figures(
        self, as_of: datetime, *codes: str, book: FormulaBook = STANDARD, seen: Scope | None = None, **about: Any
    ) -> dict[str, Figure]:
        wanted = extent(About(**about), seen or Scope(), RULES)
        async with open_indicators(self.pool) as indicators:
            evaluation = await indicators.evaluate(book, wanted, as_of, codes or None)
        return {figure.code: figure for figure in evaluation.figures}

    async def share(self, as_of: datetime, code: str, **about: Any) -> tuple[int, int | None]:
        """Numerator and denominator of one indicator."""
        figure = (await self.figures(as_of, code, **about))[code]
        return figure.numerator, figure.denominator

    async def value(self, as_of: datetime, code: str, **about: Any) -> Decimal | None:
        return (await self.figures(as_of, code, **about))[code].value

    async def count(self, as_of: datetime, *plus: str, minus: Sequence[str] = (), **about: Any) -> int:
        """How many cases one side has."""
        return len(await self.cases(as_of, *plus, minus=minus, **about))

    async def cases(
        self,
        as_of: datetime,
        *plus: str,
        minus: Sequence[str] = (),
        after: CasePlace | None = None,
        limit: int = 1000,
        **about: Any,
    ) -> list[Any]:
        """The cases of one side, having made sure that as many were counted."""
        side, wanted = Cases(plus=plus, minus=tuple(minus)), extent(About(**about), Scope(), RULES)
        async with open_indicators(self.pool) as indicators:
            found = await indicators.cases(side, wanted, as_of, after=after, limit=limit)
            if after is None and len(found) < limit:
                counted = (await indicators._queries.counts([side], wanted, as_of))[None][side]
                assert counted == len(found)
        return found

    async def tables(self) -> dict[str, list[Any]]:
        """Every row there is, for comparing."""
        return {
            table: await self.pool.fetch(f"SELECT * FROM read.{table} ORDER BY 1, 6, 7, 8, 2")  # noqa: S608 - ours
            for table in ("item_fact", "dispatch_fact", "clock_fact", "score_line")
        }


def stored(history: Sequence[Any], state: Any, expected: int = 0) -> Append:
    """The append of one command that led from the expected version to the end of a history."""
    row = ITEM.row(state)
    key = str(uuid4())
    return Append(
        key=key,
        request_sha256=sha256(key.encode()).digest(),
        stream_id=state.dossier.item_id,
        kind=ITEM.kind,
        expected_version=expected,
        actor="test",
        actor_role="office",
        campaign_id=row.campaign_id,
        unit=row.unit,
        area=row.area,
        events=tuple(new_event(event) for event in history[expected:]),
        state=state.model_dump_json().encode(),
        row=row,
        answer=b"{}",
    )


@asynccontextmanager
async def facts_in(database: DatabaseAddresses) -> AsyncIterator[Facts]:
    """The store, with the subscription in our hands."""
    connection = await asyncpg.connect(database.app)
    await prepare(connection)
    projection = FactProjection(connection)
    assert await projection.begin()
    async with await open_pool(database.app) as pool:
        yield Facts(database, pool, projection)
    await connection.close()


def another(opening: Deed = report, **content: Any) -> Deed:
    """A report of an item of its own."""
    item_id = uuid4()
    return opening.with_(item_id=item_id, number=f"2026-{item_id.hex[:7]}", **content)


def life(*deeds: Deed, rules: Any = RULES, opening: Deed = report, **content: Any) -> Scenario:
    """An item of its own, reported as usual, and what happened to it."""
    return given(another(opening, **content).at(opening.instant or given().now), *deeds, rules=rules)
