"""Bulletins are published once, stand for ever, and are corrected by editions that name what they replace."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.item import commands as c
from domain.supervision.commands import IssueAct
from services.embedded.databases import DatabaseAddresses
from services.gateway import bulletin_handling
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT, ITEM
from services.handling.command_handler import Wish
from services.indicators import bulletins
from tests.services.indicator_office import OFFICE, TUESDAY, Office, opened

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
WEEK = {"kind": "weekly", "period": "2026-W48"}


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with opened(database) as place:
        yield place


async def test_a_bulletin_is_published_once_and_can_be_read_by_everybody(office: Office):
    published = await office.post("/v1/bulletins", WEEK)
    assert published.status_code == 201, published.text
    path = published.headers["location"]
    for who in ("office", "handler", "hotline", "auditor"):
        body = (await office.get(path, who=who)).json()
    [edition] = body["editions"]
    assert (body["number"], body["edition"], edition["corrects"]) == ("weekly/2026-W48", 1, None)
    assert (edition["formulas"], edition["position"]) == ("standard@1", office.projection.position)
    assert datetime.fromisoformat(edition["as_of"]) == office.city.clock.at  # the week is not over
    figures = {each["code"]: each["value"] for each in edition["indicators"]}
    assert figures["on_time_disposal"] == "0.333333"
    assert [ranking["ranking"] for ranking in edition["rankings"]] == ["units", "streets"]
    assert edition["rankings"][0]["red"] == ["cleaning", "parks"]
    again = await office.post("/v1/bulletins", WEEK, key="2")
    assert (again.status_code, again.json()["code"]) == (409, "bulletin_already_published")


async def test_the_same_request_again_is_answered_as_before_although_figures_have_moved(office: Office):
    first = await office.post("/v1/bulletins", WEEK)
    office.city.clock.pass_by(timedelta(hours=3))
    second = await office.post("/v1/bulletins", WEEK)
    assert (second.status_code, second.json()) == (201, first.json())
    other = await office.post("/v1/bulletins", {**WEEK, "kind": "monthly", "period": "2026-11"})
    assert other.json()["code"] == "idempotency_key_reused"


async def test_another_week_kind_or_campaign_has_a_bulletin_of_its_own(office: Office):
    bodies = (WEEK, {**WEEK, "period": "2026-W47"}, {"kind": "monthly", "period": "2026-11"}, {**WEEK, "campaign": "x"})
    for key, body in enumerate(bodies):
        assert (await office.post("/v1/bulletins", body, key=f"k{key}")).status_code == 201
        office.city.clock.pass_by(timedelta(seconds=1))
    everything = (await office.get("/v1/bulletins")).json()["bulletins"]
    numbers = [each["number"] for each in everything]
    assert numbers == ["x/weekly/2026-W48", "monthly/2026-11", "weekly/2026-W47", "weekly/2026-W48"]
    paged, cursor = [], {}
    for _ in numbers:
        page = (await office.get("/v1/bulletins", limit=1, **cursor)).json()
        paged += page["bulletins"]
        cursor = {"cursor": page["next_cursor"]}
    assert (paged, page["next_cursor"]) == (everything, None)
    assert [each["number"] for each in (await office.get("/v1/bulletins", campaign="x")).json()["bulletins"]] == [
        "x/weekly/2026-W48"
    ]
    assert len((await office.get("/v1/bulletins", kind="monthly")).json()["bulletins"]) == 1


async def test_a_published_bulletin_stands_and_a_correction_is_a_new_edition_that_names_it(office: Office):
    path = (await office.post("/v1/bulletins", WEEK)).headers["location"]
    before = (await office.get(path)).json()
    office.city.clock.pass_by(timedelta(hours=1))
    await office.give(c.VoidItem, 3, office.city.clock.at, OFFICE, reason="误报")
    await office.project()
    assert (await office.get(path)).json() == before
    corrected = await office.post(f"{path}/correct", {"corrects": 1, "reason": "漏计"}, key="2")
    assert (corrected.status_code, corrected.json()["events"]) == (200, ["bulletin.corrected.v1"])
    after = (await office.get(path)).json()
    first, second = after["editions"]
    assert first == before["editions"][0]
    assert (after["edition"], second["edition"], second["corrects"], second["reason"]) == (2, 2, 1, "漏计")
    assert second["position"] > first["position"]
    waiting = [{each["code"]: each["value"] for each in e["indicators"]}["overdue_waiting"] for e in (first, second)]
    assert waiting == ["0.666667", "0.333333"]
    superseded = await office.post(f"{path}/correct", {"corrects": 1, "reason": "再改"}, key="3")
    assert (superseded.status_code, superseded.json()["code"]) == (409, "edition_superseded")


async def test_a_bulletin_names_the_criticisms_of_its_period_once_and_its_correction_does_too(office: Office):
    number = await criticised(office)
    late = await office.post("/v1/bulletins", {"kind": "monthly", "period": "2026-10"}, key="october")
    path = (await office.post("/v1/bulletins", WEEK)).headers["location"]
    month = await office.post("/v1/bulletins", {"kind": "monthly", "period": "2026-11"}, key="month")
    await office.project()
    await office.post(f"{path}/correct", {"corrects": 1, "reason": "漏计"}, key="2")
    first, second = (await office.get(path, who="handler")).json()["editions"]
    [named] = first["criticisms"]
    assert (named["number"], named["unit"], named["unit_name"]) == (number, "cleaning", "cleaning")
    assert (named["title"], named["points"]) == ("关于环卫处的通报批评", 3)
    assert second["criticisms"] == first["criticisms"]
    for other in (late, month):
        [edition] = (await office.get(other.headers["location"])).json()["editions"]
        assert edition["criticisms"] == []


async def criticised(office: Office) -> str:
    """A criticism, asked for by hand and issued as its workflow does it."""
    title = {"zh": "关于环卫处的通报批评", "en": "Criticism of Cleaning"}
    body = {"kind": "criticism", "unit": "cleaning", "title": title, "reason": "领导批示", "points": 3}
    answer = await office.post("/v1/acts", body, key="act")
    assert answer.status_code == 201, answer.text
    parts, act_id = office.city.parts, UUID(answer.json()["id"])
    issue = IssueAct(command_id="issue", at=office.city.clock.at, actor=SERVICE)
    receipt = await parts.handler.handle(Wish(ACT, act_id, issue, completed=ActCompletion(parts.desk).of(issue)))
    await office.project()
    assert receipt.number is not None
    return receipt.number


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**WEEK, "period": "2026-48"}, 422, "period_malformed"),
        ({**WEEK, "period": "2026-W60"}, 422, "period_malformed"),
        ({"kind": "monthly", "period": "2026-13"}, 422, "period_malformed"),
        ({**WEEK, "period": "2026-W49"}, 422, "period_not_begun"),
        ({**WEEK, "as_of": "2026-11-01T00:00:00Z"}, 422, "period_not_begun"),
        ({**WEEK, "as_of": "2026-12-01T00:00:00Z"}, 422, "as_of_in_future"),
        ({**WEEK, "formulas": "standard@7"}, 422, "unknown_formulas"),
        ({**WEEK, "kind": "yearly"}, 422, "input_invalid"),
        ({"kind": "weekly"}, 422, "input_invalid"),
    ],
)
async def test_a_bulletin_that_makes_no_sense_is_refused(office: Office, body: Any, status: int, code: str):
    answer = await office.post("/v1/bulletins", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("who", ["handler", "hotline", "leader", "auditor", "administrator"])
async def test_the_campaign_office_alone_publishes_bulletins(office: Office, who: str):
    assert (await office.post("/v1/bulletins", WEEK, who=who)).json()["code"] == "role_not_allowed"
    path = (await office.post("/v1/bulletins", WEEK)).headers["location"]
    corrected = await office.post(f"{path}/correct", {"corrects": 1, "reason": "x"}, who=who)
    assert corrected.json()["code"] == "role_not_allowed"


async def test_there_is_nothing_to_correct_where_nothing_was_published(office: Office):
    for stranger in (ITEM.stream("hotline\n1"), "00000000-0000-0000-0000-000000000000"):
        answer = await office.post(f"/v1/bulletins/{stranger}/correct", {"corrects": 1, "reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_bulletin")


async def test_no_bulletin_goes_out_while_the_facts_are_behind(office: Office, monkeypatch: pytest.MonkeyPatch):
    async def impatiently(pool: asyncpg.Pool) -> None:
        await bulletins.caught_up(pool, 0.1)

    monkeypatch.setattr(bulletin_handling, "caught_up", impatiently)
    await office.report(TUESDAY)
    sequencer = await asyncpg.connect(office.database.sequencer)
    await sequencer.fetchval("SELECT es.sequence_tick()")
    await sequencer.close()
    assert (await office.post("/v1/bulletins", WEEK)).status_code == 503
    await office.project()
    assert (await office.post("/v1/bulletins", WEEK)).status_code == 201
