"""Numbers without gaps: whatever happens to those who take them, what is given is 1, 2, 3 and so on, each once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from asyncpg.pool import PoolConnectionProxy

from domain.accountability.rules import AccountabilityRules, Series
from domain.accountability.values import HandCause, Number
from domain.actor import Actor, Role
from domain.decider import Command, Event
from domain.errors import Rejection
from domain.rulebook.rulebook import Rulebook
from domain.supervision import commands as c
from domain.supervision.values import ActKind
from services.cli.upkeep import rebuild_states
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ACT, AGGREGATES
from services.handling.command_handler import CommandHandler, Completion, Wish
from services.handling.numbering import NUMBERED_EVENTS, next_number
from services.handling.rulebooks import RulebookSource
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.pools import OUTAGES, open_pool
from services.store.series import rebuild_series, take_number
from tests.architecture.test_names_for_ever import everything_below
from tests.domain.item_samples import RULES
from tests.services.gateway_samples import City, policy, small_city, text

WRITERS = 20
ROUNDS = 6
PROCESSES = 4
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
OFFICE = Actor(principal="office", role=Role.OFFICE)
SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
FATES = ("issued", "issued", "refused", "failed", "cancelled", "killed")


class Unwilling(Rejection):
    """Some rule says no after the number was taken."""

    code = "unwilling"


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


@pytest.fixture
def settings(database: DatabaseAddresses) -> Settings:
    return Settings(
        database_app_url=database.app,  # type: ignore[arg-type]
        database_owner_url=database.owner,  # type: ignore[arg-type]
        temporal_address="nowhere:1",
    )


def planned(key: str, at: datetime = AT, kind: ActKind = ActKind.ORDER) -> Wish:
    act_id = ACT.stream(key)
    plan = c.PlanAct(
        command_id=f"plan:{key}",
        at=at,
        actor=OFFICE,
        act_id=act_id,
        kind=kind,
        unit="cleaning",
        title=text("督办"),
        cause=HandCause(reason="督办"),
    )
    return Wish(ACT, act_id, plan, new=True)


def issuing(key: str, fate: str, at: datetime = AT) -> Wish:
    issue = c.IssueAct(command_id=f"issue:{key}", at=at, actor=SERVICE)
    return Wish(ACT, ACT.stream(key), issue, completed=_completion(fate))


def _completion(fate: str) -> Completion:
    async def complete(connection: PoolConnectionProxy, command: Command, _before: Any, rules: Rulebook) -> Command:
        number = await next_number(connection, Series.ORDER, command.at, rules, None)
        match fate:
            case "refused":
                raise Unwilling
            case "failed":
                raise RuntimeError("the letter could not be drawn up")
            case "cancelled":
                asyncio.current_task().cancel()  # type: ignore[union-attr]
                await asyncio.sleep(0)
            case "killed":
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            case _:
                pass
        return command.model_copy(update={"number": number})

    return complete


async def given(pool: asyncpg.Pool) -> list[int]:
    rows = await pool.fetch("SELECT data FROM es.event WHERE type = 'act.issued.v1'")
    return sorted(ACT.events.validate_json(row["data"]).number.sequence for row in rows)


async def test_twenty_writers_some_refused_some_killed_leave_no_gap_and_no_double(
    city: City, database: DatabaseAddresses
) -> None:
    chance = random.Random(11)  # noqa: S311 - a story, not a secret
    async with AsyncExitStack() as stack:
        pools = [await stack.enter_async_context(await open_pool(database.app)) for _ in range(PROCESSES)]
        handlers = [CommandHandler(EventStore(pool), RulebookSource(pool)) for pool in pools]
        fates: Counter[str] = Counter()

        async def write(writer: int) -> None:
            handler = handlers[writer % PROCESSES]
            for number in range(ROUNDS):
                key = f"{writer}-{number}"
                fate = chance.choice(FATES)
                await handler.handle(planned(key))
                with suppress(Unwilling, RuntimeError, *OUTAGES):
                    await asyncio.gather(handler.handle(issuing(key, fate)), return_exceptions=fate == "cancelled")
                fates[fate] += 1
                if chance.random() < 0.5:  # what went wrong is often tried again
                    fates["issued"] += fate != "issued"
                    await handler.handle(issuing(key, "issued"))

        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    assert min(fates.values()) > 5, fates
    numbers = await given(city.parts.pool)
    assert numbers == list(range(1, fates["issued"] + 1))
    assert await rebuild_series(database.owner, NUMBERED_EVENTS, replace=False) == []


async def test_a_number_taken_by_a_transaction_that_is_undone_is_given_to_the_next(database: DatabaseAddresses) -> None:
    async with await open_pool(database.app) as pool, pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await take_number(connection, "order", 2026) == 1
        assert await take_number(connection, "order", 2026) == 2
        await transaction.rollback()
        assert await take_number(connection, "order", 2026) == 1
        assert await take_number(connection, "order", 2027) == 1
        assert await take_number(connection, "case", 2026) == 1


async def test_nobody_takes_the_next_number_while_the_one_before_may_be_given_back(database: DatabaseAddresses) -> None:
    async with await open_pool(database.app) as pool, pool.acquire() as one, pool.acquire() as other:
        transaction = one.transaction()
        await transaction.start()
        await take_number(one, "order", 2026)
        await other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await take_number(other, "order", 2026)
        assert await take_number(other, "case", 2026) == 1, "another series is another matter"
        await transaction.rollback()
        assert await take_number(other, "order", 2026) == 1


async def test_year_and_prefix_are_those_of_the_city(database: DatabaseAddresses) -> None:
    rules = replace(
        RULES, policies={"city@1": policy(accountability=AccountabilityRules(prefixes={Series.CASE: "甲问"}))}
    )
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    async with await open_pool(database.app) as pool, pool.acquire() as connection:

        async def number(series: Series, at: datetime) -> Number:
            return await next_number(connection, series, at, rules, None)

        assert (await number(Series.ORDER, new_year - timedelta(microseconds=1))).text == "创督〔2026〕1号"
        assert (await number(Series.ORDER, new_year)).text == "创督〔2027〕1号"
        assert (await number(Series.ORDER, new_year)).text == "创督〔2027〕2号"
        assert (await number(Series.CASE, new_year)).text == "甲问〔2027〕1号"


async def test_a_counter_that_lies_is_named_by_check_and_mended_by_rebuild(
    city: City, settings: Settings, database: DatabaseAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, pool = city.parts.handler, city.parts.pool
    for number in range(3):
        await handler.handle(planned(str(number)))
        await handler.handle(issuing(str(number), "issued"))
    assert await rebuild_states(settings, check=True) == 0
    for damage in ("UPDATE es.series SET last = 7", "DELETE FROM es.series", "UPDATE es.series SET year = 2020"):
        await as_superuser(database, damage)
        assert await rebuild_states(settings, check=True) == 1
        assert "order 2026" in capsys.readouterr().out
        assert await rebuild_states(settings, check=False) == 0
        assert await rebuild_states(settings, check=True) == 0
        assert [tuple(row) for row in await pool.fetch("SELECT * FROM es.series")] == [("order", 2026, 3)]


async def test_numbers_that_are_missing_or_given_twice_are_named_and_stay(city: City, settings: Settings) -> None:
    handler, pool = city.parts.handler, city.parts.pool
    for key, sequence in (("a", 1), ("b", 1), ("c", 4)):
        number = Number(series=Series.ORDER, year=2026, sequence=sequence, text=f"创督〔2026〕{sequence}号")
        await handler.handle(planned(key))
        issue = c.IssueAct(command_id=f"issue:{key}", at=AT, actor=SERVICE, number=number)
        await handler.handle(Wish(ACT, ACT.stream(key), issue))
    assert await rebuild_states(settings, check=False) == 1
    assert [tuple(row) for row in await pool.fetch("SELECT * FROM es.series")] == [("order", 2026, 4)]
    [fault] = await rebuild_series(settings.database_owner_url.get_secret_value(), NUMBERED_EVENTS, replace=False)  # type: ignore[union-attr]
    assert (fault.missing, fault.twice) == (2, 1)


@pytest.mark.parametrize("statement", ["UPDATE es.series SET last = 9", "DELETE FROM es.series", "TRUNCATE es.series"])
async def test_the_application_counts_on_and_changes_nothing_else(database: DatabaseAddresses, statement: str) -> None:
    async with await open_pool(database.app) as pool, pool.acquire() as connection:
        await take_number(connection, "order", 2026)
        for forbidden in (statement, "INSERT INTO es.series VALUES ('order', 2030, 1)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)


def test_every_event_that_gives_a_number_is_counted() -> None:
    numbered = {
        event.model_fields["type"].default
        for event in everything_below(Event)
        if "number" in event.model_fields and event.model_fields["number"].annotation is Number
    }
    assert numbered == set(NUMBERED_EVENTS)
    assert {name.partition(".")[0] for name in NUMBERED_EVENTS} <= set(AGGREGATES)


async def as_superuser(database: DatabaseAddresses, statement: str) -> None:
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
