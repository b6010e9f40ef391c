"""Who sees a case, its letters and what it rests on: the accused unit, and those who prepare, decide or audit."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.case_office import (
    DECISION,
    FINDING,
    NEW,
    REJECTED,
    case_office,
    decided,
    does,
    get,
    item_of,
    opened,
    post,
    refused,
    shown,
)
from tests.services.gateway_samples import City


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with case_office(database) as opened:
        yield opened


async def test_a_case_rests_on_what_exists_for_whoever_names_it(city: City) -> None:
    item = await item_of(city)
    case = await opened(city, grounds={"items": [item]})
    assert (await shown(city, case))["grounds"]["items"] == [item]
    unknown = (
        {"items": [str(uuid4())]},
        {"acts": ["创督〔2026〕99号"]},
        {"bulletins": ["没有"]},
        {"obligations": [item]},
    )
    for grounds in unknown:
        answer = await post(city, "office", "/v1/cases", {**NEW, "grounds": grounds})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_ground")
    assert (await refused(city, "leader", case, "decide", {**DECISION, "grounds": unknown[0]}))[1] == "unknown_ground"


async def test_a_unit_sees_its_own_cases_and_those_below_it_and_nobody_else_sees_any(city: City) -> None:
    own, below = await opened(city), await opened(city, unit="squad")
    elsewhere = await opened(city, unit="office")
    everything = {own, below, elsewhere}
    seen = {
        "cleaner": {own, below},
        "sweeper": {below},
        "clerk": {elsewhere},
        "office": everything,
        "leader": everything,
        "accused-leader": everything,
        "auditor": everything,
        "inspector": set[str](),
        "hotline": set[str](),
        "administrator": set[str](),
    }
    for who, cases in seen.items():
        listed = (await get(city, who, "/v1/cases")).json()["cases"]
        assert {each["id"] for each in listed} == cases, who
        for case in everything - cases:
            assert (await get(city, who, f"/v1/cases/{case}")).json()["code"] == "no_such_case"
            assert (await get(city, who, f"/v1/cases/{case}/history")).status_code == 404
            assert await refused(city, who, case, "statement", {"statement": "外人"}) == (404, "no_such_case")
    await does(city, "office", below, "notify")
    assert await refused(city, "cleaner", below, "statement", {"statement": "代为申辩"}) == (
        409,
        "not_the_accused_unit",
    )


async def test_the_letters_of_a_case_are_for_exactly_those_who_see_the_case(city: City) -> None:
    case = await decided(city)
    await does(city, "cleaner", case, "appeal", {"reasons": "处理过重"})
    await does(city, "deputy", case, "review", REJECTED)
    letters = {ref["sha256"] for ref in (await shown(city, case))["documents"]}
    assert len(letters) == 6
    readers = {"cleaner", "office", "leader", "accused-leader", "auditor"}
    strangers = {"sweeper", "clerk", "inspector", "hotline", "administrator", "east-office"}
    for who in readers | strangers:
        sees = (await get(city, who, f"/v1/cases/{case}")).status_code
        assert sees == (200 if who in readers else 404), who
        assert {(await get(city, who, f"/v1/documents/{letter}")).status_code for letter in letters} == {sees}, who


async def test_a_letter_that_is_handed_in_as_evidence_of_a_case_stays_readable(city: City) -> None:
    answer = await post(city, "office", "/v1/documents", {"kind": "ledger"})
    file = answer.json()["files"][0]["sha256"]
    case = await opened(city)
    await does(city, "office", case, "notify")
    evidence = {"uri": f"https://files.example/{file}", "sha256": file}
    await does(city, "cleaner", case, "statement", {"statement": "见附件", "evidence": [evidence]})
    statuses = {who: (await get(city, who, f"/v1/documents/{file}")).status_code for who in ("office", "inspector")}
    assert statuses == {"office": 200, "inspector": 200}


async def test_an_office_bound_to_an_area_handles_the_cases_in_it(city: City) -> None:
    inside = await opened(city, "east-office", area="east")
    outside = await opened(city)
    listed = (await get(city, "east-office", "/v1/cases")).json()["cases"]
    assert [each["id"] for each in listed] == [inside]
    assert await refused(city, "east-office", outside, "notify") == (404, "no_such_case")
    answer = await post(city, "east-office", "/v1/cases", NEW)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_unit")
    answer = await post(city, "east-office", "/v1/cases", {**NEW, "area": "city"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_area")


async def test_a_measure_that_would_rest_on_nothing_is_refused_and_takes_no_number(city: City) -> None:
    case = await opened(city, grounds={})
    await does(city, "office", case, "notify")
    await does(city, "cleaner", case, "statement", {"statement": "已增派人手"})
    await does(city, "office", case, "finding", FINDING)
    assert await refused(city, "leader", case, "decide", DECISION) == (422, "decision_without_grounds")
    await does(city, "leader", case, "decide", {**DECISION, "grounds": {"items": [await item_of(city)]}})
    seen = await shown(city, case)
    assert (seen["decision"]["number"]["sequence"], len(seen["decision"]["grounds"]["items"])) == (1, 1)
