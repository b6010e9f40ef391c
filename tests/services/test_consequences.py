"""Rungs and rankings have consequences: each once, whatever is killed, and nothing holds up what lies behind it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.accountability.rankings import AlreadyAccused
from domain.accountability.values import RankingCause, RungCause
from domain.item.excuse import DeadlineExcused
from domain.ladder import Rung
from domain.rulebook.rulebook import UnknownUnit
from domain.supervision.commands import WithdrawAct
from domain.supervision.rejections import ActNotInStep
from domain.supervision.state import Act
from domain.supervision.values import ActKind
from services.consequences.process import ATTEMPTS, SUBSCRIPTION, Consequences
from services.embedded.databases import DatabaseAddresses
from services.gateway.case_views import case_summary
from services.handling.aggregates import ACT, CASE
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.records import StoredEvent
from tests.services.consequence_city import MONDAY, OFFICE, UNITS, WEEK, FollowedTown, followed_town

PROCESS = "from services.consequences.process import run; from services.settings import Settings; run(Settings())"
OF_RUNGS = [ActKind.REMINDER, ActKind.ORDER, ActKind.CRITICISM, ActKind.SUMMONS]
BEGINNING = Path(__file__).parents[2] / "migrations/versions/0009_consequences.sql"


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[FollowedTown]:
    async with followed_town(database) as opened:
        yield opened


async def test_every_rung_above_the_warning_has_its_act_and_the_last_one_its_case(city: FollowedTown):
    item_id = await city.neglected(MONDAY)
    await city.follow()
    acts = await city.acts()
    assert [act.file.planned.kind for act in acts] == OF_RUNGS
    assert {act.file.planned.unit for act in acts} == {"city-management"}
    climbed = await city.place.events(item_id, "item.rung_climbed.v1")
    assert [act.file.planned.occurred_at for act in acts] == [event.occurred_at for event in climbed[1:-1]]
    assert [act.file.planned.recipients for act in acts] == [event.recipients for event in climbed[1:-1]]

    (case,) = await city.cases()
    opened = case.record.opened
    assert (opened.number.text, opened.unit, opened.area) == ("创问〔2026〕1号", "city-management", "old-town")
    assert opened.occurred_at == climbed[-1].occurred_at
    assert opened.grounds.items == (item_id,)
    cause = opened.cause
    assert isinstance(cause, RungCause)
    (overdue,) = await city.place.events(item_id, "item.fell_overdue.v1")
    assert (cause.rung, cause.clock_id, cause.due_at) == (Rung.HOLD_TO_ACCOUNT, "accept-1", overdue.due_at)
    assert await city.passed_over() == []


async def test_a_case_rests_on_the_acts_that_were_issued_before_it(city: FollowedTown):
    await city.neglected(MONDAY)
    await city.sequence()
    upto_the_order = (await city.queries.entries(-1, 10_000, ("item.rung_climbed.v1",)))[2]
    for entry in await city.queries.entries(-1, upto_the_order.position or 0, ("item.rung_climbed.v1",)):
        await city.consequences.follow(entry)
    for act in await city.acts():
        await city.issue(act)
    await city.follow()
    (case,) = await city.cases()
    assert case.record.opened.grounds.acts == ("创催〔2026〕1号", "创督〔2026〕1号")


async def test_followed_again_nothing_follows_twice_even_where_more_could_be_said(city: FollowedTown):
    await city.neglected(MONDAY)
    await city.ranked(48)
    await city.follow()
    size, acts, cases = await city.place.store.log_size(), await city.acts(), await city.cases()
    for act in acts:
        await city.issue(act)
    await city.send_back()
    await city.follow()
    assert (await city.place.store.log_size(), await city.cases()) == (size + len(acts), cases)
    assert await city.passed_over() == []


async def test_a_process_at_work_goes_back_when_it_is_sent_back(city: FollowedTown):
    await city.neglected(MONDAY)
    await city.sequence()
    followed: list[int | None] = []

    class Noting(Consequences):
        async def follow(self, entry: StoredEvent) -> None:
            await super().follow(entry)
            followed.append(entry.position)

    stopping = asyncio.Event()
    process = Noting(city.pool, city.place.handler, city.place.rulebooks)
    following = asyncio.create_task(process.run(stopping))
    await caught_up(city)
    once, acts, cases = list(followed), await city.acts(), await city.cases()
    await city.send_back()
    async with asyncio.timeout(60):
        while len(followed) < 2 * len(once):  # noqa: ASYNC110 - the process looks by itself
            await asyncio.sleep(0.01)
    stopping.set()
    await following
    assert set(followed) == set(once)
    assert (await city.acts(), await city.cases()) == (acts, cases)


async def test_the_office_alone_is_reminded_by_notice_and_gets_no_act(city: FollowedTown):
    item_id = await city.neglected(MONDAY, upto=Rung.WARN)
    await city.follow()
    assert len(await city.place.events(item_id, "item.rung_climbed.v1")) == 1
    assert (await city.acts(), await city.cases()) == ([], [])


async def test_what_a_rule_refuses_is_kept_and_everything_behind_it_goes_on(city: FollowedTown):
    await city.ranked(48)
    await city.dissolve("fourth", MONDAY + 2 * WEEK)
    await city.follow()
    (passed,) = await city.passed_over()
    assert (passed.kind, passed.code, passed.facts) == ("act", UnknownUnit.code, {"unit": "fourth"})
    assert {act.file.planned.unit for act in await city.acts()} == {"third", "city-management"}


async def test_a_fault_of_our_own_is_tried_again_and_then_passed_over(
    city: FollowedTown, monkeypatch: pytest.MonkeyPatch
):
    await city.neglected(MONDAY, upto=Rung.SUPERVISE)
    attempts: list[Any] = []

    async def stumbling(_self: Any, wish: Wish) -> Receipt:
        attempts.append(wish)
        raise ZeroDivisionError

    await city.sequence()
    monkeypatch.setattr("services.patience.FIRST_BACK_OFF_SECONDS", 0.0)
    monkeypatch.setattr("services.handling.command_handler.CommandHandler.handle", stumbling)
    stopping = asyncio.Event()
    following = asyncio.create_task(consequences_of(city).run(stopping))
    async with asyncio.timeout(60):
        while len(await city.passed_over()) < 2:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)
    stopping.set()
    await following
    assert len(attempts) == 2 * ATTEMPTS
    assert {passed.code for passed in await city.passed_over()} == {"internal_fault"}


def consequences_of(city: FollowedTown) -> Consequences:
    return Consequences(city.pool, city.place.handler, city.place.rulebooks)


async def test_the_last_three_of_three_weeks_are_summoned_twice_and_then_accused(city: FollowedTown):
    for week in (48, 49, 50):
        await city.ranked(week)
    await city.follow()
    acts = [act.file.planned for act in await city.acts() if act.file.planned.unit == "third"]
    assert [(act.kind, act.summoned_by) for act in acts] == [
        (ActKind.SUMMONS, "city_leader"),
        (ActKind.SUMMONS, "personnel_department"),
    ]
    cases = {case.record.opened.unit: case.record.opened for case in await city.cases()}
    assert set(cases) == set(UNITS[-3:])
    weeks = ("weekly/2026-W48", "weekly/2026-W49", "weekly/2026-W50")
    assert sorted(cases["third"].grounds.bulletins) == list(weeks)
    cause = cases["third"].cause
    assert isinstance(cause, RankingCause)
    assert (cause.times, cause.earlier, cause.bulletin) == (3, weeks[:2], weeks[2])
    assert sorted(case.number.sequence for case in cases.values()) == [1, 2, 3]


async def test_a_unit_that_is_accused_already_gets_no_second_case_from_the_same_ranking(city: FollowedTown):
    for week in range(45, 51):
        await city.ranked(week)
    await city.follow()
    assert len(await city.cases()) == 3
    passed = await city.passed_over()
    assert {(each.kind, each.code) for each in passed} == {("case", AlreadyAccused.code)}
    assert {each.facts["unit"] for each in passed} == set(UNITS[-3:])
    # The number that a refused case would have had is given to the next one.
    numbers = await city.pool.fetchval("SELECT last FROM es.series WHERE series = 'case'")
    assert numbers == 3


async def test_criticisms_that_were_issued_stand_in_the_next_bulletin_once(city: FollowedTown):
    await city.neglected(MONDAY, upto=Rung.CRITICISE)
    await city.follow()
    (criticism,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    await city.ranked(47, ())
    await city.follow()
    (planned,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    assert planned.status == "planned"
    await city.issue(criticism)
    for week in (50, 51):
        await city.ranked(week, ())
    await city.follow()
    (published,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    assert published.file.published is not None
    assert published.file.published.bulletin == "weekly/2026-W50"
    assert {week: await city.named(week) for week in (47, 50, 51)} == {47: [], 50: [published.file.act_id], 51: []}
    assert await city.passed_over() == []


async def test_a_criticism_is_named_once_even_before_its_publication_is_recorded(city: FollowedTown):
    criticism = await issued_criticism(city)
    await city.ranked(50, ())
    await city.ranked(51, ())
    assert (await city.named(50), await city.named(51)) == ([criticism.file.act_id], [])
    await city.follow()
    assert [act.status for act in await city.acts() if act.file.act_id == criticism.file.act_id] == ["published"]
    assert await city.passed_over() == []


async def test_a_bulletin_of_a_week_names_no_criticism_that_was_issued_after_it(city: FollowedTown):
    criticism = await issued_criticism(city)
    issued_at = criticism.file.planned.issue_at
    await city.ranked(48, (), late=issued_at + timedelta(days=1))
    assert await city.named(48) == []
    await city.follow()
    assert [act.status for act in await city.acts() if act.file.act_id == criticism.file.act_id] == ["issued"]


async def test_what_was_named_and_withdrawn_a_moment_later_is_passed_over(city: FollowedTown):
    criticism = await issued_criticism(city)
    await city.ranked(50, ())
    withdraw = WithdrawAct(command_id="withdraw", at=criticism.file.planned.issue_at, actor=OFFICE, reason="重复制发")
    await city.place.handler.handle(Wish(ACT, criticism.file.act_id, withdraw))
    await city.follow()
    (passed,) = await city.passed_over()
    assert (passed.kind, passed.code) == ("act", ActNotInStep.code)


async def issued_criticism(city: FollowedTown) -> Act:
    await city.neglected(MONDAY, upto=Rung.CRITICISE)
    await city.follow()
    (criticism,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    await city.issue(criticism)
    return criticism


async def test_what_an_appeal_has_excused_brings_neither_acts_nor_a_case_and_that_is_kept(city: FollowedTown):
    item_id = await city.neglected(MONDAY, upto=Rung.SUPERVISE)
    await city.excused(item_id)
    await city.neglected_further(item_id)
    await city.follow()
    assert [act.file.planned.kind for act in await city.acts()] == [ActKind.REMINDER, ActKind.ORDER]
    assert await city.cases() == []
    passed = await city.passed_over()
    assert {(each.kind, each.code, each.facts["rung"]) for each in passed} == {
        ("act", DeadlineExcused.code, "criticise"),
        ("act", DeadlineExcused.code, "summon"),
        ("case", DeadlineExcused.code, "hold_to_account"),
    }
    await city.send_back()
    await city.follow()
    assert (len(await city.acts()), await city.passed_over()) == (2, passed)


async def test_a_refused_appeal_changes_nothing_of_what_follows(city: FollowedTown):
    item_id = await city.neglected(MONDAY, upto=Rung.SUPERVISE)
    await city.excused(item_id, granted=False)
    await city.neglected_further(item_id)
    await city.follow()
    assert [act.file.planned.kind for act in await city.acts()] == OF_RUNGS
    assert (len(await city.cases()), await city.passed_over()) == (1, [])


async def test_a_case_that_is_open_when_its_ground_is_excused_says_so_once(city: FollowedTown):
    item_id = await city.neglected(MONDAY)
    await city.follow()
    (before,) = await city.cases()
    assert before.record.excused is None
    await city.excused(item_id)
    for _ in range(2):
        await city.follow()
        (case,) = await city.cases()
        excused = case.record.excused
        assert excused is not None
        assert (excused.stream_id, excused.clock_id) == (item_id, "accept-1")
        assert isinstance(case.record.opened.cause, RungCause)
        assert excused.due_at == case.record.opened.cause.due_at
        assert case.status == before.status
        stored = await city.place.store.state(case.record.case_id)
        assert stored is not None
        shown = case_summary(stored, await city.place.rulebooks.current(), excused.occurred_at, "zh")
        assert shown.ground_excused_at == excused.occurred_at
        await city.send_back()
    assert await city.passed_over() == []


async def test_a_criticism_that_was_excused_after_it_was_issued_stands_in_no_bulletin(city: FollowedTown):
    item_id = await city.neglected(MONDAY, upto=Rung.CRITICISE)
    await city.follow()
    (criticism,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    await city.issue(criticism)
    await city.excused(item_id)
    await city.ranked(50, ())
    await city.follow()
    (issued,) = [act for act in await city.acts() if act.file.planned.kind is ActKind.CRITICISM]
    assert issued.status == "issued"
    assert await city.passed_over() == []


async def test_what_was_recorded_before_acts_existed_has_no_consequences(city: FollowedTown):
    await city.neglected(MONDAY)
    await city.sequence()
    await city.pool.execute("UPDATE es.subscription SET name = 'somebody else' WHERE name = $1", SUBSCRIPTION)
    beginning = BEGINNING.read_text(encoding="utf-8").partition(";")[0]
    await city.pool.execute(beginning)
    await city.follow()
    assert (await city.acts(), await city.cases()) == ([], [])
    await city.neglected(MONDAY + timedelta(days=1), upto=Rung.REMIND)
    await city.follow()
    assert len(await city.acts()) == 1


async def test_killed_again_and_again_between_commands_and_position_nothing_is_lost_or_doubled(
    city: FollowedTown, database: DatabaseAddresses
):
    items = [await city.neglected(MONDAY + timedelta(minutes=number)) for number in range(30)]
    await city.sequence()
    for _ in range(4):
        with process(database) as first, process(database):
            await something_followed(city)
            first.send_signal(signal.SIGKILL)
    with process(database):
        await caught_up(city)
    acts, cases = await city.acts(), await city.cases()
    assert len(acts) == len({act.file.planned.act_id for act in acts}) == len(items) * len(OF_RUNGS)
    assert {case.record.opened.grounds.items for case in cases} == {(item_id,) for item_id in items}
    assert sorted(case.record.opened.number.sequence for case in cases) == list(range(1, len(items) + 1))
    assert await followed(city) == len(acts) + len(cases)


@contextmanager
def process(database: DatabaseAddresses) -> Generator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DUBAN_DATABASE_APP_URL": database.app}
    running = subprocess.Popen([sys.executable, "-c", PROCESS], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def something_followed(city: FollowedTown) -> None:
    """Wait until something more has followed, or all there is."""
    before = await followed(city)
    async with asyncio.timeout(60):
        while await followed(city) == before and await is_behind(city):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.005)


async def followed(city: FollowedTown) -> int:
    """How many events of acts and cases there are."""
    kinds = [ACT.kind, CASE.kind]
    return await city.pool.fetchval("SELECT count(*) FROM es.event WHERE kind = ANY ($1)", kinds)


async def caught_up(city: FollowedTown) -> None:
    async with asyncio.timeout(60):
        while await is_behind(city):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)


async def is_behind(city: FollowedTown) -> bool:
    return await city.subscriptions.position(SUBSCRIPTION) < await city.queries.last_position()
