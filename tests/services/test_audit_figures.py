"""What led to a figure in a bulletin: every case behind it, and what was written down only later."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.indicator_office import TUESDAY, Office, opened

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


async def test_what_was_written_down_after_publication_is_named_where_figures_no_longer_agree(office: Office):
    path = await published(office)
    before = (await office.get(f"{path}/valid_report", who="auditor")).json()
    # It happened before the bulletin's moment, and is written down only now.
    await office.report(TUESDAY - timedelta(hours=3))
    await office.project()
    answer = (await office.get(f"{path}/valid_report", who="auditor")).json()
    assert (before["agrees"], before["recorded_later"]) == (True, [])
    assert (answer["agrees"], answer["recounted"]) == (False, before["recounted"] + 1)
    assert answer["published"] == before["published"]
    assert [event["type"] for event in answer["recorded_later"]][:2] == ["item.reported.v1", "item.registered.v1"]


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
