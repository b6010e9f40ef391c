"""What led to a figure in a bulletin: every case behind it, and what was written down only later."""

import contextlib
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from domain.errors import Rejection
from domain.indicator.standard import STANDARD
from domain.item import commands as c
from services.embedded.databases import DatabaseAddresses
from services.indicators.indicators import open_indicators_at
from services.store.indicator_queries import Extent
from tests.services.indicator_office import OFFICE, TUESDAY, Office, opened

DAY = timedelta(days=1)
WEEK = {"kind": "weekly", "period": "2026-W48"}


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with opened(database) as place:
        yield place


async def published(office: Office) -> str:
    answer = await office.post("/v1/bulletins", WEEK)
    assert answer.status_code == 201, answer.text
    return f"/v1/audit/bulletins/{answer.json()['id']}/figures"


async def test_a_figure_leads_to_its_cases_and_their_histories(office: Office):
    path = await published(office)
    for side, count in (("numerator", 1), ("denominator", 3)):
        answer = (await office.get(f"{path}/on_time_disposal", who="auditor", side=side)).json()
        assert (answer["published"]["value"], answer["recounted"], answer["agrees"]) == ("0.333333", count, True)
        assert len(answer["cases"]) == count
        assert answer["recorded_later"] == []
    for case in answer["cases"]:
        assert case["events"][0]["type"] == "item.reported.v1"
        assert all(event["sentence"] for event in case["events"])


async def test_pages_and_ranked_units_have_cases_of_their_own(office: Office):
    path = await published(office)
    first = (await office.get(f"{path}/on_time_disposal", who="auditor", side="denominator", limit=2)).json()
    cursor = first["next_cursor"]
    query = {"side": "denominator", "limit": 2, "cursor": cursor}
    second = (await office.get(f"{path}/on_time_disposal", who="auditor", **query)).json()
    assert (len(first["cases"]), len(second["cases"]), second["next_cursor"]) == (2, 1, None)
    query = {"ranking": "units", "unit": "cleaning", "side": "denominator"}
    ours = (await office.get(f"{path}/on_time_disposal", who="auditor", **query)).json()
    assert {case["unit"] for case in ours["cases"]} == {"cleaning"}
    assert (ours["recounted"], ours["published"]["denominator"], ours["agrees"]) == (2, 2, True)


async def test_a_figure_is_recounted_from_what_was_known_and_says_what_was_written_down_since(office: Office):
    path = await published(office)
    before = (await office.get(f"{path}/valid_report", who="auditor")).json()
    # It happened before the bulletin's moment, and is written down only now.
    await office.report(TUESDAY - timedelta(hours=3))
    await office.project()
    answer = (await office.get(f"{path}/valid_report", who="auditor")).json()
    assert (before["agrees"], before["recounted"], before["recorded_later"]) == (True, before["recounted_now"], [])
    assert (answer["agrees"], answer["recounted"]) == (True, before["recounted"])
    assert (answer["cases"], answer["published"]) == (before["cases"], before["published"])
    assert answer["recounted_now"] == before["recounted"] + 1
    assert [event["type"] for event in answer["recorded_later"]][:2] == ["item.reported.v1", "item.registered.v1"]
    assert answer["recorded_later_count"] == len(answer["recorded_later"]) > 0


async def test_a_figure_that_its_events_do_not_give_is_said_to_differ(office: Office):
    path = await published(office)
    superuser = await asyncpg.connect(office.database.superuser)
    await superuser.execute(
        """UPDATE es.current_state SET state = replace(state::text, '"denominator": 3', '"denominator": 2')::jsonb
            WHERE kind = 'bulletin'"""
    )
    await superuser.close()
    answer = (await office.get(f"{path}/on_time_disposal", who="auditor", side="denominator")).json()
    assert (answer["published"]["denominator"], answer["recounted"], answer["agrees"]) == (2, 3, False)


async def test_what_happened_after_the_moment_and_who_belongs_to_whom_now_change_no_figure(office: Office):
    path = await published(office)
    query = {"ranking": "units", "unit": "cleaning", "side": "denominator"}
    before = (await office.get(f"{path}/on_time_disposal", who="auditor", **query)).json()
    change = {"name": {"zh": "园林局", "en": "Parks"}, "parent": "cleaning", "reason": "机构改革"}
    async with office.city.client("administrator", **{"Idempotency-Key": "p"}) as client:
        assert (await client.put("/v1/units/parks", json=change)).status_code == 200
    await office.work(2, TUESDAY + timedelta(days=8), TUESDAY + timedelta(days=8, minutes=5))
    await office.project()
    answer = (await office.get(f"{path}/on_time_disposal", who="auditor", **query)).json()
    assert (answer["recounted"], answer["agrees"]) == (2, True)
    assert answer == before


@pytest.mark.parametrize("seed", [61, 62, 63])
async def test_whatever_is_told_later_the_count_at_a_position_is_what_it_was_then(office: Office, seed: int):
    """Lives told in any order, hours after they happened; every count that was ever taken can be taken again."""
    chance, counts = random.Random(seed), []  # noqa: S311 - the same in every run
    for _ in range(12):
        at = TUESDAY + timedelta(hours=chance.uniform(-30, 3))
        number = chance.randint(1, office.reported)
        with contextlib.suppress(Rejection):
            match chance.randint(0, 5):
                case 0 | 1:
                    await office.report(at)
                case 2:
                    await office.to_parks(number, at)
                case 3:
                    await office.give(c.SuspendItem, number, at, OFFICE, reason="停水", review_on=TUESDAY + DAY)
                case _:
                    await office.work(number, at, at + timedelta(minutes=chance.randint(1, 600)))
        await office.project()
        moment = TUESDAY + timedelta(hours=chance.uniform(-30, 4))
        counts.append((moment, office.projection.position, await counted(office, moment, office.projection.position)))
    for moment, position, then in counts:
        assert await counted(office, moment, position) == then
    assert len({str(then) for _, _, then in counts}) > 3


async def counted(office: Office, moment: datetime, position: int) -> object:
    pool, everything = office.city.parts.pool, Extent()
    async with open_indicators_at(pool, position, moment) as (then, _, _):
        figures = (await then.evaluate(STANDARD, everything, moment)).figures
        rules = await office.city.parts.rulebooks.current()
        rankings = [await then.rank(STANDARD, rule, everything, moment, rules) for rule in STANDARD.rankings]
        sides = [side for formula in STANDARD.formulas for side in (formula.numerator, formula.denominator) if side]
        cases = [await then.cases(side, everything, moment, limit=1000) for side in sides]
    return figures, rankings, cases


@pytest.mark.parametrize(
    ("who", "rest", "status", "code"),
    [
        ("office", "on_time_disposal", 403, "role_not_allowed"),
        ("auditor", "nothing", 404, "no_such_figure"),
        ("auditor", "on_time_disposal?edition=9", 404, "no_such_figure"),
        ("auditor", "on_time_disposal?ranking=units&unit=nobody", 404, "no_such_figure"),
        ("auditor", "on_time_disposal?cursor=x", 400, "cursor_malformed"),
        ("auditor", "on_time_disposal?side=middle", 422, "input_invalid"),
    ],
)
async def test_figures_that_are_not_there_are_answered_precisely(office: Office, who, rest, status, code):
    path = await published(office)
    async with office.city.client(who) as client:
        answer = await client.get(f"{path}/{rest}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_bulletin_that_is_not_there_has_no_figures(office: Office):
    path = "/v1/audit/bulletins/00000000-0000-4000-8000-000000000000/figures/on_time_disposal"
    assert (await office.get(path, who="auditor")).json()["code"] == "no_such_bulletin"
