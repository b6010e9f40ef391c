"""Acts of supervision over HTTP: asked for by hand, issued with number and files, answered, recorded, withdrawn."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from domain.accountability.rules import Series
from domain.accountability.values import RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.ladder import Rung
from domain.principal.state import Standing
from domain.supervision.commands import IssueAct, PlanAct, RecordPublication
from domain.supervision.permissions import ALLOWED
from domain.supervision.values import ActKind
from services.embedded.databases import DatabaseAddresses
from services.gateway.act_bodies import ORDER
from services.gateway.act_commands import ACT_COMMANDS
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT
from services.handling.command_handler import Wish
from services.handling.folding import fold
from services.store.rebuild import rebuild_current_states
from tests.services.campaign_city import WORKER
from tests.services.gateway_samples import principal_of, text
from tests.services.item_city import Town, town

CONSEQUENCES = Actor(principal="service:consequences", role=Role.SYSTEM)
BY_HAND = {**ORDER, "answer_by": "2026-11-24T18:00:00+08:00"}
INTERVIEW = {
    "held_at": "2026-11-20T15:00:00+08:00",
    "interviewer": principal_of("leader"),
    "interviewed": [principal_of("cleaner")],
    "account": "通报问题清单",
    "undertaking": "一周内整改",
}


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        await opened.city.admit("east office", Standing(role=Role.OFFICE, area="east"))
        await opened.city.admit("own office", Standing(role=Role.OFFICE, unit="cleaning"))
        yield opened


async def asked(people: Town, who: str = "office", **changes: Any) -> str:
    answer = await people.post(who, "/v1/acts", {**BY_HAND, **changes})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/acts/{answer.json()['id']}"
    assert answer.json()["number"] is None, "it has no number before it is issued"
    return answer.json()["id"]


async def issued(people: Town, **changes: Any) -> str:
    """Asked for by hand, and issued as the workflow does it."""
    act = await asked(people, **changes)
    await issue(people, act)
    return act


async def issue(people: Town, act: str) -> None:
    parts = people.city.parts
    command = IssueAct(command_id=f"issue:{act}", at=people.city.clock.at, actor=WORKER)
    await parts.handler.handle(Wish(ACT, UUID(act), command, completed=ActCompletion(parts.desk).of(command)))


async def climbed(people: Town, source: UUID, unit: str = "cleaning") -> str:
    """What follows on a rung that an item climbed."""
    at = people.city.clock.at
    cause = RungCause(
        source="item",
        stream_id=source,
        number="2026-0000001",
        title="东街垃圾满溢",
        clock_id="rectify-1",
        clock_kind=ClockKind.RECTIFY,
        rung=Rung.SUPERVISE,
        climbed_at=at,
    )
    act_id = ACT.stream(f"item\n{source}\nrectify-1\n{Rung.SUPERVISE}")
    plan = PlanAct(
        command_id=str(uuid4()),
        at=at,
        actor=CONSEQUENCES,
        act_id=act_id,
        kind=ActKind.ORDER,
        unit=unit,
        title=text("东街垃圾满溢"),
        cause=cause,
    )
    await people.city.parts.handler.handle(Wish(ACT, act_id, plan, new=True))
    return str(act_id)


async def does(people: Town, who: str, act: str, command: str, body: Any = None) -> dict[str, Any]:
    answer = await people.post(who, f"/v1/acts/{act}/{command}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(people: Town, who: str, act: str, command: str, body: Any = None) -> tuple[int, str]:
    answer = await people.post(who, f"/v1/acts/{act}/{command}", body)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def shown(people: Town, act: str, who: str = "office") -> dict[str, Any]:
    answer = await people.get(who, f"/v1/acts/{act}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def kept(people: Town) -> int:
    return await people.city.parts.pool.fetchval("SELECT count(*) FROM es.document")


async def test_an_order_by_hand_is_issued_acknowledged_and_answered(people: Town, database: DatabaseAddresses) -> None:
    act = await asked(people)
    waiting = await shown(people, act)
    assert (waiting["number"], waiting["status_text"], waiting["next_due_text"]) == (None, "待制发", "制发")
    assert waiting["cause"] == {"kind": "by_hand", "reason": "市领导批示督办"}
    await issue(people, act)
    seen = await shown(people, act, "cleaner")
    assert (seen["number"], seen["kind_text"], seen["status_text"]) == ("创督〔2026〕1号", "督办单", "已制发")
    assert [each["format"] for each in seen["documents"]] == ["docx", "pdf"]
    for each in seen["documents"]:
        assert await people.city.parts.desk.document(each["sha256"]) is not None

    await does(people, "cleaner", act, "acknowledge")
    people.city.clock.pass_by(timedelta(days=5))
    assert (await shown(people, act))["unanswered"]
    await does(people, "cleaner", act, "answer", {"account": "已清运", "evidence": []})
    seen = await shown(people, act)
    assert (seen["answer"]["account"], seen["answered_late"], seen["unanswered"]) == ("已清运", True, False)
    history = (await people.get("cleaner", f"/v1/acts/{act}/history")).json()["events"]
    assert [event["name"] for event in history] == ["拟发文书", "制发", "签收", "回复"]
    assert history[1]["sentence"] == "制发 创督〔2026〕1号。"
    assert all("—" not in event["sentence"] for event in history)
    english = await people.ask("office", "GET", f"/v1/acts/{act}", headers={"Accept-Language": "en"})
    assert english.json()["kind_text"] == "supervision order"
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


async def test_a_summons_is_recorded_with_a_document_of_its_own(people: Town) -> None:
    act = await issued(people, kind="summons", answer_by=None, summoned_by="city_leader")
    seen = await shown(people, act)
    assert (seen["status_text"], seen["summoned_by_text"]) == ("待约谈", "市领导")
    assert seen["record_due_at"] == seen["next_due_at"]
    before = await kept(people)
    for stranger in ({"interviewer": "王书记"}, {"interviewed": [principal_of("cleaner"), principal_of("nobody")]}):
        named = await refused(people, "leader", act, "interview-record", {**INTERVIEW, **stranger})
        assert named == (422, "unknown_person")
    early = await refused(people, "leader", act, "interview-record", INTERVIEW)
    assert early == (422, "interview_in_future")
    own = await refused(people, "own office", act, "interview-record", {**INTERVIEW, "held_at": seen["issued_at"]})
    assert own == (409, "recorded_by_own_unit")
    assert await kept(people) == before, "nothing is drawn up for what is refused"

    people.city.clock.pass_by(timedelta(hours=5))
    answer = await people.post("leader", f"/v1/acts/{act}/interview-record", INTERVIEW, key="record")
    assert answer.json()["status"] == "recorded", answer.text
    again = await people.post("leader", f"/v1/acts/{act}/interview-record", INTERVIEW, key="record")
    assert again.json() == answer.json()
    assert await kept(people) == before + 2
    interview = (await shown(people, act, "cleaner"))["interview"]
    assert (interview["undertaking"], interview["late"]) == ("一周内整改", False)
    assert [each["kind"] for each in interview["documents"]] == ["interview_record"] * 2
    history = (await people.get("office", f"/v1/acts/{act}/history")).json()["events"]
    assert "约谈记录须于 2026-11-27 11:00 前归档" in history[1]["sentence"]
    assert all("—" not in event["sentence"] for event in history)


async def test_a_record_after_its_deadline_is_late(people: Town) -> None:
    act = await issued(people, kind="summons", answer_by=None)
    people.city.clock.pass_by(timedelta(days=20))
    assert (await shown(people, act))["record_overdue"]
    receipt = await does(people, "office", act, "interview-record", INTERVIEW)
    assert receipt["events"] == ["act.fell_overdue.v1", "act.interview_recorded.v1"]
    assert (await shown(people, act))["interview"]["late"]


async def test_a_criticism_says_in_which_bulletin_it_stands(people: Town) -> None:
    act = await issued(people, kind="criticism", answer_by=None)
    command = RecordPublication(
        command_id="published",
        at=people.city.clock.at,
        actor=CONSEQUENCES,
        bulletin_id=uuid4(),
        bulletin="east-2027/weekly/2026-W47",
        edition=1,
    )
    await people.city.parts.handler.handle(Wish(ACT, UUID(act), command))
    seen = await shown(people, act)
    assert (seen["status_text"], seen["publication"]["bulletin"]) == ("已通报", "east-2027/weekly/2026-W47")
    assert await refused(people, "office", act, "withdraw", {"reason": "更正"}) == (409, "act_not_in_step")


async def test_the_same_key_brings_the_same_act_and_another_body_is_refused(people: Town) -> None:
    first = await people.post("office", "/v1/acts", BY_HAND, key="act-1")
    people.city.clock.pass_by(timedelta(hours=1))
    again = await people.post("office", "/v1/acts", BY_HAND, key="act-1")
    assert (again.status_code, again.json()) == (201, first.json())
    other = await people.post("office", "/v1/acts", {**BY_HAND, "unit": "parks"}, key="act-1")
    assert other.json()["code"] in {"act_already_planned", "idempotency_key_reused"}
    assert await asked(people) != first.json()["id"]


async def test_everybody_sees_the_acts_of_their_own(people: Town) -> None:
    mine, theirs = await issued(people), await issued(people, unit="parks")

    async def seen(who: str) -> set[str]:
        answer = await people.get(who, "/v1/acts")
        assert answer.status_code == 200, answer.text
        return {each["id"] for each in answer.json()["acts"]}

    assert await seen("office") == await seen("leader") == await seen("auditor") == {mine, theirs}
    assert await seen("cleaner") == {mine}
    assert await seen("gardener") == {theirs}
    assert await seen("crew") == await seen("hotline") == set()
    for path in ("", "/history"):
        answer = await people.get("gardener", f"/v1/acts/{mine}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_act")
    assert await refused(people, "gardener", mine, "acknowledge") == (404, "no_such_act")
    assert await refused(people, "hotline", mine, "withdraw", {"reason": "x"}) == (404, "no_such_act")
    assert await refused(people, "office", str(uuid4()), "withdraw", {"reason": "x"}) == (404, "no_such_act")
    assert await refused(people, "own office", mine, "withdraw", {"reason": "x"}) == (409, "withdrawn_by_own_unit")


async def test_whoever_is_bound_to_an_area_sees_and_handles_the_acts_about_its_places(people: Town) -> None:
    act, elsewhere = await issued(people), await issued(people, area=None)
    await people.city.admit("east leader", Standing(role=Role.LEADER, area="east"))
    await people.city.admit("west office", Standing(role=Role.OFFICE, area="west"))
    for who in ("east office", "east leader"):
        listed = (await people.get(who, "/v1/acts")).json()["acts"]
        assert [each["id"] for each in listed] == [act], who
        for ref in (await shown(people, act, who))["documents"]:
            assert (await people.get(who, f"/v1/documents/{ref['sha256']}")).status_code == 200
        assert (await people.get(who, f"/v1/acts/{elsewhere}")).status_code == 404
    assert (await people.get("west office", f"/v1/acts/{act}")).status_code == 404
    assert await refused(people, "west office", act, "withdraw", {"reason": "x"}) == (404, "no_such_act")
    await does(people, "east office", act, "withdraw", {"reason": "误发"})


async def test_lists_filter_by_kind_unit_item_status_and_time(people: Town) -> None:
    item = uuid4()
    order = await issued(people)
    card = await asked(people, kind="yellow_card", unit="parks", answer_by=None)
    people.city.clock.pass_by(timedelta(hours=4))
    rung = await climbed(people, item)

    async def listed(**parameters: object) -> list[str]:
        answer = await people.get("office", "/v1/acts", **parameters)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["acts"]]

    assert (await listed())[0] == rung, "the newest first"
    assert set(await listed()) == {order, card, rung}
    assert await listed(kind="yellow_card") == [card]
    assert set(await listed(kind=["order", "summons"])) == {order, rung}
    assert await listed(unit="parks") == [card]
    assert await listed(item=str(item)) == [rung]
    assert await listed(item=str(uuid4())) == []
    assert await listed(status="issued") == [order]
    assert set(await listed(open="true")) == {card, rung}
    assert await listed(campaign="none") == []
    assert await listed(text="创督〔2026〕1号") == [order]
    assert await listed(text="满溢") == [rung]
    assert await listed(planned_from="2026-11-20T12:00:00+08:00") == [rung]
    assert set(await listed(planned_to="2026-11-20T12:00:00+08:00")) == {order, card}
    assert (await shown(people, rung))["rung"] == "supervise"


async def test_pages_give_every_act_once(people: Town) -> None:
    everything = {await asked(people) for _ in range(5)}
    found: list[str] = []
    parameters: dict[str, object] = {"limit": 2}
    for _ in range(5):
        page = (await people.get("office", "/v1/acts", **parameters)).json()
        found += [each["id"] for each in page["acts"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert len(found) == 5
    assert set(found) == everything
    assert (await people.get("office", "/v1/acts", cursor="x")).json()["code"] == "cursor_malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "letter"), ("status", "closed"), ("item", "x"), ("limit", "0"), ("nothing", "x"), ("planned_from", "1")],
)
async def test_a_filter_that_makes_no_sense_is_pointed_at(people: Town, name: str, value: str) -> None:
    answer = await people.get("office", "/v1/acts", **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"].startswith(f"/query/{name}")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"unit": "nobody"}, 422, "unknown_unit"),
        ({"area": "nowhere"}, 422, "unknown_area"),
        ({"campaign_id": "none"}, 422, "campaign_not_in_force"),
        ({"answer_by": "2026-11-20T11:00:00+08:00"}, 422, "due_in_past"),
        ({"kind": "warning"}, 422, "input_invalid"),
        ({"points": -1}, 422, "input_invalid"),
        ({"reason": " "}, 422, "input_invalid"),
        ({"number": "创督〔2026〕99号"}, 422, "input_invalid"),
    ],
)
async def test_an_act_that_cannot_be_is_refused(people: Town, changes: dict[str, Any], status: int, code: str) -> None:
    answer = await people.post("office", "/v1/acts", {**BY_HAND, **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_only_the_office_asks_for_acts_by_hand_and_only_within_its_bounds(people: Town) -> None:
    for who in ("leader", "cleaner", "inspector", "auditor", "hotline", "administrator"):
        answer = await people.post(who, "/v1/acts", BY_HAND)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


async def test_an_office_bound_to_an_area_asks_for_acts_about_places_there(people: Town) -> None:
    nowhere = {key: value for key, value in BY_HAND.items() if key != "area"}
    beyond = await people.post("east office", "/v1/acts", nowhere)
    assert (beyond.status_code, beyond.json()["code"]) == (422, "unknown_unit"), "nobody in the east owns places"
    outside = await people.post("east office", "/v1/acts", {**BY_HAND, "area": "city"})
    assert (outside.status_code, outside.json()["code"]) == (422, "unknown_area")
    inside = await people.post("east office", "/v1/acts", {**BY_HAND, "area": "east"})
    assert inside.status_code == 201, inside.text
    assert (await people.get("east office", f"/v1/acts/{inside.json()['id']}")).status_code == 200


async def test_every_offered_command_is_refused_to_other_roles(people: Town) -> None:
    act = await issued(people, kind="summons", answer_by=None)
    everybody = {
        "office": Role.OFFICE,
        "cleaner": Role.HANDLER,
        "inspector": Role.INSPECTOR,
        "leader": Role.LEADER,
        "auditor": Role.AUDITOR,
        "administrator": Role.ADMINISTRATOR,
    }
    for kind in ACT_COMMANDS:
        for who, role in everybody.items():
            if role not in ALLOWED[kind.command]:
                body = {**kind.example, "held_at": INTERVIEW["held_at"]} if "held_at" in kind.example else kind.example
                assert await refused(people, who, act, kind.path, body) == (403, "role_not_allowed"), (kind.path, who)


async def test_a_stale_version_is_refused(people: Town) -> None:
    act = await issued(people)
    answer = await people.post("cleaner", f"/v1/acts/{act}/acknowledge", None, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    seen = await people.get("cleaner", f"/v1/acts/{act}")
    answer = await people.post("cleaner", f"/v1/acts/{act}/acknowledge", None, **{"If-Match": seen.headers["etag"]})
    assert answer.status_code == 200


async def test_numbers_are_given_by_kind_in_the_order_of_issue(people: Town) -> None:
    later, sooner = await asked(people), await asked(people)
    for act in (sooner, later):
        await issue(people, act)
    card = await issued(people, kind="red_card", answer_by=None)
    numbers = [(await shown(people, act))["number"] for act in (sooner, later, card)]
    assert numbers == ["创督〔2026〕1号", "创督〔2026〕2号", "创警〔2026〕1号"]
    rows = await people.city.parts.pool.fetch("SELECT series, year, last FROM es.series ORDER BY series")
    assert [tuple(row) for row in rows] == [(Series.CARD, 2026, 1), (Series.ORDER, 2026, 2)]
    assert datetime.fromisoformat((await shown(people, card))["issued_at"]) == people.city.clock.at
