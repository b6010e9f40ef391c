"""Accountability cases over HTTP: opened by hand, heard, decided, appealed and carried out, each within its scope."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from domain.accountability.commands import FollowUpCase
from domain.accountability.permissions import ALLOWED
from domain.actor import Role
from services.embedded.databases import DatabaseAddresses
from services.gateway.case_commands import CASE_COMMANDS
from services.handling.aggregates import CASE
from services.handling.command_handler import Wish
from services.handling.folding import fold
from services.store.rebuild import rebuild_current_states
from tests.services.case_office import (
    DECISION,
    FINDING,
    NEW,
    REJECTED,
    UPHELD,
    WORKER,
    case_office,
    decided,
    does,
    file,
    get,
    opened,
    post,
    refused,
    shown,
)
from tests.services.gateway_samples import City, principal_of


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with case_office(database) as opened:
        yield opened


async def test_a_case_goes_from_opened_over_statement_and_appeal_to_closed(
    city: City, database: DatabaseAddresses
) -> None:
    case = await decided(city)
    await does(city, "cleaner", case, "appeal", {"reasons": "处理过重"})
    await does(city, "deputy", case, "review", UPHELD)
    receipt = await does(city, "office", case, "carry-out", {"account": "已批评教育"})
    assert receipt["events"] == ["case.carried_out.v1", "case.closed.v1"]

    seen = await shown(city, case, "cleaner")
    assert (seen["status"], seen["status_text"], seen["open"], seen["basis"]) == (
        "concluded",
        "已结案",
        False,
        "carried_out",
    )
    assert (seen["number"], seen["decision"]["number"]["text"]) == ("创问〔2026〕1号", "创问决〔2026〕1号")
    assert seen["review"]["number"]["text"] == "创问决〔2026〕2号"
    assert (seen["measure"], seen["measure_text"], seen["points"]) == ("education", "批评教育", 2)
    assert (seen["decision"]["measure"], seen["decision"]["points"]) == ("admonition", 8)
    assert seen["decision"]["policy_version"] == "city@1"
    assert seen["statement"]["text"] == "已增派人手"
    assert seen["finding"]["proposed_text"] == "批评教育"
    assert seen["appeal"]["reasons"] == "处理过重"
    assert (seen["origin"]["kind"], seen["cause_text"]) == ("by_hand", "人工立案")
    history = (await get(city, "auditor", f"/v1/cases/{case}/history")).json()["events"]
    assert [event["name"] for event in history] == [
        *("立案", "告知", "申辩", "调查认定", "问责决定", "申诉", "复核", "执行", "结案")
    ]
    assert all("—" not in event["sentence"] for event in history), [event["sentence"] for event in history]
    assert "创问决〔2026〕1号" in history[4]["sentence"]
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


async def test_notice_decision_and_review_are_drawn_up_and_kept_under_their_hashes(city: City) -> None:
    case = await decided(city)
    await does(city, "cleaner", case, "appeal", {"reasons": "处理过重"})
    await does(city, "deputy", case, "review", REJECTED)
    documents = (await shown(city, case))["documents"]
    assert [(ref["kind"], ref["format"]) for ref in documents] == [
        (kind, form) for kind in ("case_notice", "decision", "review_decision") for form in ("docx", "pdf")
    ]
    for ref in documents:
        assert (await file(city, ref)).startswith(b"%PDF" if ref["format"] == "pdf" else b"PK")


async def test_a_decision_without_fault_closes_the_case(city: City) -> None:
    case = await decided(city, measure="no_fault")
    seen = await shown(city, case)
    assert (seen["status"], seen["basis"], seen["points"], seen["due_at"]) == ("concluded", "no_fault", 0, None)
    assert await refused(city, "cleaner", case, "appeal", {"reasons": "仍不服"}) == (409, "case_not_in_step")


async def test_without_a_statement_in_time_its_absence_is_recorded_and_nobody_waits_for_it(city: City) -> None:
    case = await opened(city)
    await does(city, "office", case, "notify")
    assert await refused(city, "leader", case, "decide", DECISION) == (409, "statement_period_runs")
    assert await refused(city, "office", case, "finding", FINDING) == (409, "statement_period_runs")
    seen = await shown(city, case, "cleaner")
    assert (seen["next_due"], seen["next_due_text"]) == ("statement_over", "申辩期满")
    city.clock.pass_by(timedelta(days=8))
    assert await refused(city, "cleaner", case, "statement", {"statement": "来晚了"}) == (409, "statement_period_over")
    receipt = await does(city, "office", case, "finding", FINDING)
    assert receipt["events"] == ["case.statement_absent.v1", "case.finding_recorded.v1"]
    statement = (await shown(city, case))["statement"]
    assert (statement["text"], statement["unit"]) == (None, None)


async def test_an_appeal_after_its_period_is_refused_and_the_decision_is_carried_out(city: City) -> None:
    case = await decided(city)
    assert await refused(city, "office", case, "carry-out", {"account": "太早"}) == (409, "case_not_in_step")
    city.clock.pass_by(timedelta(days=8))
    assert await refused(city, "cleaner", case, "appeal", {"reasons": "晚了"}) == (409, "appeal_period_over")
    receipt = await does(city, "office", case, "carry-out", {"account": "已约谈"})
    assert receipt["events"] == ["case.appeal_lapsed.v1", "case.carried_out.v1", "case.closed.v1"]


async def test_nobody_of_the_accused_unit_decides_or_reviews_and_the_decider_does_not_review(city: City) -> None:
    case = await opened(city)
    await does(city, "office", case, "notify")
    await does(city, "cleaner", case, "statement", {"statement": "说明"})
    await does(city, "office", case, "finding", FINDING)
    assert await refused(city, "accused-leader", case, "decide", DECISION) == (409, "decided_by_accused_unit")
    await does(city, "deputy", case, "decide", DECISION)
    await does(city, "cleaner", case, "appeal", {"reasons": "不服"})
    assert await refused(city, "accused-leader", case, "review", REJECTED) == (409, "reviewed_by_accused_unit")
    assert await refused(city, "deputy", case, "review", REJECTED) == (409, "reviewed_by_decider")
    assert await refused(city, "leader", case, "review", {**UPHELD, "measure": "referral"}) == (
        409,
        "measure_not_milder",
    )
    assert await refused(city, "leader", case, "review", {**REJECTED, "measure": "education"}) == (
        409,
        "measure_stands",
    )
    await does(city, "leader", case, "review", REJECTED)


async def test_what_is_refused_takes_no_number_and_leaves_no_document(city: City) -> None:
    case = await opened(city)
    await does(city, "office", case, "notify")
    for _ in range(3):
        assert (await refused(city, "leader", case, "decide", DECISION))[0] == 409
    assert (await post(city, "office", "/v1/cases", {**NEW, "unit": "nobody"})).json()["code"] == "unknown_unit"
    await does(city, "cleaner", case, "statement", {"statement": "说明"})
    await does(city, "office", case, "finding", FINDING)
    await does(city, "leader", case, "decide", DECISION)
    assert (await shown(city, case))["decision"]["number"]["sequence"] == 1
    other = await opened(city, unit="squad")
    assert (await shown(city, other))["number"] == "创问〔2026〕2号"


async def test_the_same_request_again_gets_the_same_answer_and_another_one_is_refused(city: City) -> None:
    answers = [await post(city, "office", "/v1/cases", NEW, key="one") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.text for answer in answers}) == 1
    other = await post(city, "office", "/v1/cases", {**NEW, "reason": "另一理由"}, key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    case = answers[0].json()["id"]
    notices = [await post(city, "office", f"/v1/cases/{case}/notify", key="two") for _ in range(2)]
    assert notices[0].json() == notices[1].json()
    assert len((await shown(city, case))["documents"]) == 2


async def test_lists_are_filtered_and_come_page_by_page(city: City) -> None:
    cases: list[str] = []
    for number in range(5):
        city.clock.pass_by(timedelta(minutes=1))
        cases.append(await opened(city, unit="squad" if number % 2 else "cleaning"))
    await does(city, "office", cases[0], "withdraw", {"reason": "立案对象有误"})
    pages, cursor = list[str](), None
    while True:
        query: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await get(city, "office", "/v1/cases", **query)).json()
        pages += [each["id"] for each in page["cases"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == cases[::-1]

    async def found(**query: Any) -> set[str]:
        return {each["id"] for each in (await get(city, "office", "/v1/cases", **query)).json()["cases"]}

    assert await found(unit="squad") == {cases[1], cases[3]}
    assert await found(status="withdrawn") == {cases[0]}
    assert await found(open="true") == set(cases[1:])
    assert await found(cause="rung") == set()
    assert await found(text="创问〔2026〕3号") == {cases[2]}
    assert await found(campaign="none") == set()
    assert await found(order="due") == set(cases[1:])
    assert await found(overdue="true") == set()
    city.clock.pass_by(timedelta(days=5))
    assert await found(overdue="true") == set(cases[1:])
    assert (await get(city, "office", "/v1/cases", cursor="nonsense")).json()["code"] == "cursor_malformed"
    due = (await get(city, "office", "/v1/cases", order="due", limit=1)).json()["next_cursor"]
    assert (await get(city, "office", "/v1/cases", cursor=due)).json()["code"] == "cursor_malformed"


@pytest.mark.parametrize("kind", CASE_COMMANDS, ids=lambda kind: kind.path)
async def test_every_command_is_refused_to_whoever_may_not_give_it(city: City, kind: Any) -> None:
    case = await opened(city)
    for who, role in (("cleaner", Role.HANDLER), ("leader", Role.LEADER), ("office", Role.OFFICE)):
        if role not in ALLOWED[kind.command]:
            body = {name: value for name, value in kind.example.items() if name != "grounds"}
            assert await refused(city, who, case, kind.path, body) == (403, "role_not_allowed")
    assert await refused(city, "auditor", case, kind.path, {**kind.example}) == (403, "role_not_allowed")


@pytest.mark.parametrize("who", ["cleaner", "inspector", "hotline", "auditor", "administrator"])
async def test_only_office_and_leading_group_open_cases(city: City, who: str) -> None:
    answer = await post(city, who, "/v1/cases", NEW)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert await opened(city, "leader")


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "  "},
        {"number": {"series": "case", "year": 2026, "sequence": 99, "text": "x"}},
        {"cause": {"kind": "rung"}},
        {"grounds": {"items": ["nonsense"]}},
        {"title": {"zh": "只有中文"}},
        {"unit": "a/b"},
    ],
)
async def test_a_body_that_is_not_as_described_is_refused(city: City, changes: dict[str, Any]) -> None:
    answer = await post(city, "office", "/v1/cases", {**NEW, **changes})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


async def test_a_version_that_is_not_the_one_seen_is_refused(city: City) -> None:
    case = await opened(city)
    async with city.client("office", **{"Idempotency-Key": "k", "If-Match": '"7"'}) as client:
        answer = await client.post(f"/v1/cases/{case}/notify")
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")


async def test_what_the_service_recorded_shows_who_was_late(city: City) -> None:
    case = await opened(city)
    city.clock.pass_by(timedelta(days=6))
    follow_up = FollowUpCase(command_id="late", at=city.clock.at, actor=WORKER)
    await city.parts.handler.handle(Wish(CASE, UUID(case), follow_up))
    seen = await shown(city, case)
    assert [mark["kind"] for mark in seen["marks"]] == ["notify"]
    assert seen["overdue"] is True


async def test_of_two_leaders_who_decide_at_the_same_moment_one_decides(city: City) -> None:
    case = await opened(city)
    await does(city, "office", case, "notify")
    await does(city, "cleaner", case, "statement", {"statement": "说明"})
    await does(city, "office", case, "finding", FINDING)
    path = f"/v1/cases/{case}/decide"
    answers = await asyncio.gather(post(city, "leader", path, DECISION), post(city, "deputy", path, DECISION))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    seen = await shown(city, case)
    assert (seen["version"], seen["decision"]["number"]["sequence"]) == (5, 1)
    assert len(seen["documents"]) == 4


async def test_cases_opened_at_the_same_moment_are_numbered_without_gaps(city: City) -> None:
    bodies = [{**NEW, "unit": "nobody" if number % 3 == 0 else "cleaning"} for number in range(12)]
    answers = await asyncio.gather(*(post(city, "office", "/v1/cases", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [422] * 4
    numbers = {answer.json()["number"] for answer in answers if answer.status_code == 201}
    assert numbers == {f"创问〔2026〕{number}号" for number in range(1, 9)}


async def test_words_that_a_template_or_a_page_would_obey_are_words_in_a_decision(city: City) -> None:
    odd = "{{ 7 * 7 }} {% for x in y %} #panic() $x$ <w:p/> &amp; \\ * _ \t\n—— 😀 \u202e“引文”"
    case = await decided(city, reasons=odd)
    seen = await shown(city, case)
    assert seen["decision"]["reasons"] == odd
    assert len(seen["documents"]) == 4


async def test_decisions_name_people_by_known_ids_and_never_by_name(city: City) -> None:
    case = await opened(city)
    await does(city, "office", case, "notify")
    await does(city, "cleaner", case, "statement", {"statement": "已增派人手"})
    await does(city, "office", case, "finding", FINDING)
    unnamed = {**DECISION, "persons": [principal_of("cleaner"), "王书记"]}
    assert await refused(city, "leader", case, "decide", unnamed) == (422, "unknown_person")
    unknown = {**DECISION, "persons": [str(uuid4())]}
    assert await refused(city, "leader", case, "decide", unknown) == (422, "unknown_person")
    assert await refused(city, "office", case, "decide", unknown) == (403, "role_not_allowed")
    shouted = {**DECISION, "persons": [principal_of("cleaner").upper()]}
    assert await refused(city, "leader", case, "decide", shouted) == (422, "unknown_person")
    own = {**DECISION, "persons": [principal_of("leader")]}
    assert await refused(city, "leader", case, "decide", own) == (409, "decided_by_named_person")
    await does(city, "leader", case, "decide", {**DECISION, "persons": [principal_of("deputy")]})
    await does(city, "cleaner", case, "appeal", {"reasons": "处理过重"})
    assert await refused(city, "deputy", case, "review", REJECTED) == (409, "reviewed_by_named_person")
