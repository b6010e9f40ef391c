"""What the gateway answers about indicators, cases, rankings and formulas, and to whom."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from domain.indicator.sets import SETS
from domain.indicator.standard import STANDARD
from domain.item import commands as c
from services.embedded.databases import DatabaseAddresses
from tests.services.indicator_office import NEXT_MONDAY, OFFICE, TUESDAY, Office, opened


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with opened(database) as place:
        yield place


def codes(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {each["code"]: each["value"] for each in answer.json()["indicators"]}


async def test_every_indicator_says_what_it_holds_for(office: Office):
    answer = await office.get("/v1/indicators")
    body = answer.json()
    assert (body["formulas"], body["behind"], body["position"]) == ("standard@1", 0, office.projection.position)
    assert datetime.fromisoformat(body["as_of"]) == office.city.clock.at
    assert set(codes(answer)) == {formula.code for formula in STANDARD.formulas}
    assert body["indicators"][2] == {
        "code": "on_time_disposal",
        "name": "按期处置率",
        "kind": "share",
        "value": "0.333333",
        "numerator": 1,
        "denominator": 3,
    }
    assert codes(answer)["recurrence"] is None


async def test_figures_say_how_many_events_they_do_not_know_of_yet(office: Office):
    await office.report(TUESDAY)
    sequencer = await asyncpg.connect(office.database.sequencer)
    await sequencer.fetchval("SELECT es.sequence_tick()")
    await sequencer.close()
    assert (await office.get("/v1/indicators")).json()["behind"] == 3


async def test_one_indicator_shows_its_formula(office: Office):
    body = (await office.get("/v1/indicators/on_time_disposal", language="en")).json()
    assert (body["indicator"]["name"], body["indicator"]["denominator"]) == ("On-time disposal", 3)
    assert body["formula"]["denominator"] == {"plus": ["rectify_due"], "minus": ["rectify_excused"]}


async def test_figures_can_be_had_of_a_unit_a_period_and_a_past_moment(office: Office):
    path = "/v1/indicators/on_time_disposal"
    unit = (await office.get(path, unit="cleaning")).json()["indicator"]
    assert (unit["numerator"], unit["denominator"]) == (1, 2)
    before = (await office.get(path, as_of=NEXT_MONDAY.isoformat())).json()
    assert (before["indicator"]["value"], before["indicator"]["denominator"]) == (None, 0)
    period = {"from": "2026-11-16T00:00:00+08:00", "to": "2026-11-23T00:00:00+08:00"}
    assert (await office.get(path, **period)).json()["indicator"]["denominator"] == 0
    assert (await office.get(path, area="city", category="rubbish")).json()["indicator"]["denominator"] == 3
    assert (await office.get(path, campaign="none")).json()["indicator"]["value"] is None


async def test_the_cases_behind_a_figure_are_listed_page_by_page(office: Office):
    path, found, cursor = "/v1/indicators/on_time_disposal/cases", [], {}
    for _ in range(3):
        body = (await office.get(path, side="denominator", limit=1, **cursor)).json()
        found += body["cases"]
        cursor = {"cursor": body["next_cursor"]}
    assert body["next_cursor"] is None
    assert sorted(case["number"] for case in found) == ["2026-0000001", "2026-0000002", "2026-0000003"]
    assert {case["key"] for case in found} == {"rectify-1"}
    [case] = (await office.get(path, side="numerator")).json()["cases"]
    assert (case["number"], case["unit"]) == ("2026-0000001", "cleaning")


async def test_a_handler_sees_the_figures_of_the_own_unit_alone(office: Office):
    body = (await office.get("/v1/indicators/on_time_disposal", who="handler")).json()
    assert (body["indicator"]["numerator"], body["indicator"]["denominator"]) == (1, 2)
    cases = (await office.get("/v1/indicators/on_time_disposal/cases", who="handler", unit="parks")).json()
    assert cases == {"cases": [], "next_cursor": None}


async def test_a_system_sees_the_figures_of_its_own_source_alone(office: Office):
    assert codes(await office.get("/v1/indicators", who="hotline"))["open_items"] == "3"
    assert codes(await office.get("/v1/indicators", who="app"))["open_items"] == "0"


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/indicators", {"formulas": "standard@9"}, 422, "unknown_formulas"),
        ("/v1/indicators", {"unit": "nobody"}, 422, "unknown_unit"),
        ("/v1/indicators", {"area": "nowhere"}, 422, "unknown_area"),
        ("/v1/indicators", {"as_of": "2030-01-01T00:00:00Z"}, 422, "as_of_in_future"),
        ("/v1/indicators", {"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, 422, "period_reversed"),
        ("/v1/indicators", {"colour": "red"}, 422, "input_invalid"),
        ("/v1/indicators/lost", {}, 404, "no_such_indicator"),
        ("/v1/indicators/lost/cases", {}, 404, "no_such_indicator"),
        ("/v1/indicators/open_items/cases", {"side": "denominator"}, 404, "no_such_indicator"),
        ("/v1/indicators/open_items/cases", {"cursor": "x"}, 400, "cursor_malformed"),
        ("/v1/rankings", {"ranking": "lost"}, 422, "unknown_ranking"),
        ("/v1/formulas/standard@9", {}, 404, "no_such_document"),
        ("/v1/bulletins/00000000-0000-0000-0000-000000000000", {}, 404, "no_such_bulletin"),
        ("/v1/bulletins", {"cursor": "x"}, 400, "cursor_malformed"),
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, path: str, query: Any, status: int, code: str):
    answer = await office.get(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_units_are_ranked_by_the_weights_of_the_formulas(office: Office):
    ranking = (await office.get("/v1/rankings")).json()["ranking"]
    lines = [(line["code"], line["name"], line["rank"]) for line in ranking["lines"]]
    assert lines == [("cleaning", "cleaning", 1), ("parks", "园林局", 2)]
    scores = [line["score"] for line in ranking["lines"]]
    # cleaning: acceptance 2/2 of 20, disposal 1/2 of 40, waiting 1/2 of 10; parks: acceptance 1/1 of 20, else nothing.
    assert scores == ["64.29", "28.57"]
    assert (ranking["red"], ranking["black"]) == (["cleaning", "parks"], [])


async def test_areas_are_ranked_with_those_below_them(office: Office):
    ranking = (await office.get("/v1/rankings", ranking="streets")).json()["ranking"]
    assert [(line["code"], line["rank"]) for line in ranking["lines"]] == [("east", 1)]


@pytest.mark.parametrize("who", ["handler", "hotline"])
async def test_rankings_before_publication_are_not_for_those_who_are_ranked(office: Office, who: str):
    assert (await office.get("/v1/rankings", who=who)).json()["code"] == "role_not_allowed"


FORMULAS = {
    "formulas_id": "standard",
    "version": 2,
    "formulas": [
        {
            "code": "overdue_waiting",
            "name": {"zh": "超期待处置率", "en": "Overdue waiting"},
            "numerator": {"plus": ["rectify_waiting"], "minus": ["suspended"]},
            "denominator": {"plus": ["rectify_due"], "minus": ["suspended"]},
        }
    ],
}


async def test_a_city_that_subtracts_suspended_items_publishes_version_2(office: Office):
    await office.give(
        c.SuspendItem, 2, TUESDAY + timedelta(hours=3), OFFICE, reason="等设备", review_on=TUESDAY + timedelta(days=9)
    )
    await office.project()
    published = await office.post("/v1/formulas", FORMULAS)
    assert (published.status_code, published.headers["location"]) == (201, "/v1/formulas/standard@2")
    path, figures = "/v1/indicators/overdue_waiting", {}
    for version in ({}, {"formulas": "standard@1"}):
        body = (await office.get(path, **version)).json()
        figures[body["formulas"]] = (body["indicator"]["numerator"], body["indicator"]["denominator"])
    assert figures == {"standard@2": (1, 2), "standard@1": (2, 3)}
    listed = (await office.get("/v1/formulas")).json()
    assert [(each["ref"], each["newest"]) for each in listed["versions"]] == [
        ("standard@1", False),
        ("standard@2", True),
    ]
    assert {each["name"] for each in listed["sets"]} == set(SETS)
    assert (await office.get("/v1/formulas/standard@2")).json()["formulas"][0]["code"] == "overdue_waiting"
    assert (await office.get("/v1/formulas/standard@1")).json()["version"] == 1


async def test_a_formula_that_divides_by_nothing_is_refused_with_the_place(office: Office):
    formula = {**FORMULAS["formulas"][0], "denominator": {"plus": ["suspended"], "minus": ["open"]}}
    answer = await office.post("/v1/formulas", {**FORMULAS, "formulas": [formula]})
    [fault] = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"], fault["code"]) == (
        422,
        "/formulas/0/denominator",
        "divides_by_nothing",
    )


async def test_an_unknown_set_is_refused_with_the_place(office: Office):
    formula = {**FORMULAS["formulas"][0], "numerator": {"plus": ["finished"]}}
    answer = await office.post("/v1/formulas", {**FORMULAS, "formulas": [formula]})
    [fault] = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/formulas/0/numerator/plus/0", "unknown_set")
