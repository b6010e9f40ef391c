"""What the gateway answers about scores, lists and records, and to whom."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.item import commands as c
from domain.ladder import Ladder, Rung, RungRule
from domain.limits import Limit, LimitKind
from domain.principal.state import Standing
from domain.rulebook.commands import PublishPolicy
from domain.score.lines import LineKind
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregate import Aggregate
from services.handling.aggregates import ACT, CASE, POLICY
from services.messages.catalogue import section
from services.store.event_store import EventStore
from tests.domain import act_samples as acts
from tests.domain import case_samples as cases
from tests.services.gateway_samples import NOW, hours, policy
from tests.services.indicator_office import HANDLER, NEXT_MONDAY, OFFICE, TUESDAY, Office, opened
from tests.services.score_samples import Stream

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
LADDER = Ladder(
    rules=(
        RungRule(rung=Rung.REMIND, after_due=Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0), points=2),
        RungRule(rung=Rung.SUPERVISE, after_due=hours(1), points=3),
    )
)
LATE = TUESDAY + timedelta(hours=2)  # eight working hours after Monday at nine, and two more


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    """Cleaning was late with a fourth item; one of its two rungs' deadlines was appealed and excused at noon."""
    async with opened(database) as place:
        newer = policy(version=2).model_copy(update={"ladders": {ClockKind.RECTIFY: LADDER}})
        await place.city.publish(POLICY, "city@2", PublishPolicy, document=newer)
        fourth = await place.report(NEXT_MONDAY)
        await place.work(fourth, NEXT_MONDAY, None)
        await place.give(c.FollowUp, fourth, LATE, SERVICE)
        place.city.clock.at = LATE + timedelta(hours=1)
        await place.project()
        yield place


async def units(office: Office, who: str = "office", **query: Any) -> dict[str, dict[str, Any]]:
    answer = await office.get("/v1/scores", who=who, **query)
    assert answer.status_code == 200, answer.text
    return {each["unit"]: each for each in answer.json()["units"]}


async def appealed(office: Office, *, granted: bool) -> None:
    at = LATE + timedelta(minutes=30)
    await office.give(c.AppealOverdue, 4, at, HANDLER, clock_id="rectify-1", reason="连日暴雨")
    await office.give(c.RuleOnAppeal, 4, at, OFFICE, clock_id="rectify-1", granted=granted, reason="属实")
    await office.project()


async def test_every_unit_that_had_work_has_a_score_with_its_rank_and_both_lists(office: Office):
    answer = (await office.get("/v1/scores")).json()
    assert (answer["start"], answer["behind"], answer["position"]) == (100, 0, office.projection.position)
    assert [(each["unit"], each["score"], each["rank"]) for each in answer["units"]] == [
        ("parks", 100, 1),
        ("cleaning", 95, 2),
    ]
    cleaning = answer["units"][1]
    assert (cleaning["taken"], cleaning["returned"], cleaning["excused"]) == (5, 0, 0)
    assert cleaning["rungs"] == {"remind": 1, "supervise": 1}
    assert (answer["red"], answer["black"]) == (["parks", "cleaning"], [])
    shorter = (await office.get("/v1/scores", red=1, black=1)).json()
    assert (shorter["red"], shorter["black"]) == (["parks"], ["cleaning"])


async def test_the_lists_are_of_the_kinds_of_units_asked_for(office: Office):
    assert set(await units(office, kind="other")) == {"parks", "cleaning"}
    assert await units(office, kind=["street", "town"]) == {}


async def test_an_appeal_that_is_granted_gives_points_back_and_one_refused_does_not(office: Office):
    await appealed(office, granted=True)
    cleaning = (await units(office))["cleaning"]
    assert (cleaning["score"], cleaning["taken"], cleaning["returned"]) == (100, 5, 5)
    assert (cleaning["overdue"], cleaning["excused"]) == (1, 1)


async def test_a_refused_appeal_changes_nothing(office: Office):
    before = await units(office)
    await appealed(office, granted=False)
    assert await units(office) == before


async def test_every_line_says_in_both_languages_what_it_does_and_where_it_comes_from(office: Office):
    await appealed(office, granted=True)
    lines = (await office.get("/v1/scores/cleaning/lines")).json()["lines"]
    number = "2026-0000004"
    assert [line["sentence"] for line in lines] == [
        f"{number}：整改超期申诉成立，记录保留，不计分。返还 5 分。",
        f"{number}：整改时限，督办升级至督办。扣 3 分。",
        f"{number}：整改时限，督办升级至催办。扣 2 分。",
        f"{number}：整改超期。",
    ]
    english = (await office.get("/v1/scores/cleaning/lines", language="en")).json()["lines"]
    assert english[1]["sentence"] == (
        f"The ladder on rectification of {number} rose to supervision. 3 points are taken."
    )
    [stored] = [
        event
        for event in await EventStore(office.city.parts.pool).stream(UUID(lines[0]["stream_id"]))
        if event.version == lines[0]["version"]
    ]
    assert (str(stored.event_id), stored.type) == (lines[0]["event_id"], lines[0]["event_type"])
    assert lines[0]["corrects"] == sorted(line["version"] for line in lines[1:3])
    assert lines[1]["policy_version"] == "city@2"


async def test_pages_of_lines_leave_out_nothing_and_repeat_nothing(office: Office):
    whole = (await office.get("/v1/scores/cleaning/lines")).json()
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = (await office.get("/v1/scores/cleaning/lines", **query)).json()
        found += page["lines"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == whole["lines"]
    assert len(found) == 3
    moved = (await office.get("/v1/scores/cleaning/lines", with_points=True)).json()["lines"]
    assert [line["points"] for line in moved] == [-3, -2]
    overdue = (await office.get("/v1/scores/cleaning/lines", kind="overdue")).json()["lines"]
    assert [line["kind"] for line in overdue] == ["overdue"]


async def test_scores_are_had_as_of_any_moment_and_for_any_period(office: Office):
    await appealed(office, granted=True)
    before = (LATE + timedelta(minutes=15)).isoformat()
    assert (await units(office, as_of=before))["cleaning"]["score"] == 95
    assert (await units(office))["cleaning"]["score"] == 100
    # The points came back after that period, and count in the period in which they did.
    assert (await units(office, **{"from": LATE.isoformat(), "to": before}))["cleaning"]["score"] == 95
    assert (await units(office, **{"from": before}))["cleaning"]["points"] == 5
    assert set(await units(office, as_of=(NOW - timedelta(days=1)).isoformat())) == set()


async def test_only_the_campaign_asked_for_counts(office: Office):
    assert await units(office, campaign="somewhere-else") == {}


async def test_handlers_see_their_own_unit_without_ranks(office: Office):
    own = await units(office, who="handler")
    assert {code: (each["score"], each["rank"]) for code, each in own.items()} == {"cleaning": (95, None)}
    answer = (await office.get("/v1/scores", who="handler")).json()
    assert (answer["red"], answer["black"]) == ([], [])
    for path in ("/v1/scores/parks/lines", "/v1/units/parks/record", "/v1/scores/nowhere/lines"):
        refused = await office.get(path, who="handler")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_registered")
    assert (await office.get("/v1/units/cleaning/record", who="handler")).status_code == 200


@pytest.mark.parametrize("who", ["leader", "auditor"])
async def test_leaders_and_auditors_see_every_unit_with_its_rank(office: Office, who: str):
    assert {each["rank"] for each in (await units(office, who=who)).values()} == {1, 2}


async def test_back_office_systems_see_nobodys_scores(office: Office):
    assert await units(office, who="hotline") == {}


async def test_an_inspector_of_an_area_sees_the_units_of_that_area(office: Office):
    await office.city.admit("east inspector", Standing(role=Role.INSPECTOR, area="east"))
    assert await units(office, who="east inspector") == {}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": LATE.isoformat(), "to": LATE.isoformat()}, "period_reversed"),
        ({"as_of": (LATE + timedelta(days=9)).isoformat()}, "as_of_in_future"),
        ({"red": -1}, "input_invalid"),
        ({"kind": "castle"}, "input_invalid"),
        ({"units": "cleaning"}, "input_invalid"),
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, query: Any, code: str):
    answer = await office.get("/v1/scores", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_cursor_from_elsewhere_is_refused(office: Office):
    answer = await office.get("/v1/scores/cleaning/lines", cursor="bm9uc2Vuc2U")
    assert answer.json()["code"] == "cursor_malformed"


async def recorded(office: Office) -> None:
    """Two acts and two cases against the unit, as the rest of the service writes them."""
    acting, accusing = acts.Acting(), cases.Accusing().when(cases.open_by_rung)
    histories: list[tuple[Aggregate, tuple[Any, ...]]] = [
        (ACT, acting.when(acts.plan_card, acts.issue(acts.Series.CARD)).history),
        (ACT, acting.when(acts.plan_order).history),
        (CASE, accusing.when(*cases.APPEALED, cases.uphold, cases.carry_out).history),
        (CASE, accusing.when(cases.withdraw).history),
    ]
    for aggregate, (opening, *later) in histories:
        history = (opening.model_copy(update={"unit": "cleaning"}), *later)
        stream = Stream(aggregate, uuid4(), history)
        await EventStore(office.city.parts.pool).append([stream.upto(len(history), 0)])
    office.city.clock.at = max(history[-1].occurred_at for _, history in histories) + timedelta(days=9)
    await office.project()


async def test_the_record_of_a_unit_shows_months_acts_cases_and_lines(office: Office):
    await recorded(office)
    record = (await office.get("/v1/units/cleaning/record")).json()
    assert (record["unit"], record["start"], record["next_cursor"]) == ("cleaning", 100, None)
    assert record["score"] == 100 - 5 - 3 - 2
    found = {(act["act_text"], act["points"], act["number"]) for act in record["supervision_acts"]}
    assert found == {("黄牌警示", -3, "创警〔2026〕12号"), ("督办单", 0, None)}
    states = {
        (case["measure"], case["points"], case["withdrawn_at"] is not None, case["closed_at"] is not None)
        for case in record["accountability_cases"]
    }
    assert states == {("education", -2, False, True), (None, 0, True, False)}
    assert record["measures"] == {"education": 1}
    assert record["acts"] == {"yellow_card": 1}
    [month] = record["months"]
    assert (month["month"], month["points"], month["overdue"], month["cases"]) == ("2026-11", -10, 1, 2)
    assert sum(line["points"] for line in record["lines"]) == record["points"]
    assert {line["kind"] for line in record["lines"]} >= {"act", "case_decision", "case_review", "rung"}


async def test_who_sees_no_cases_gets_scores_and_records_without_them_that_still_add_up(office: Office):
    await recorded(office)
    await office.city.admit("inspector", Standing(role=Role.INSPECTOR))
    for who in ("inspector", "administrator"):
        record = (await office.get("/v1/units/cleaning/record", who=who)).json()
        assert (record["accountability_cases"], record["cases"], record["measures"]) == ([], 0, {})
        assert (record["score"], [month["cases"] for month in record["months"]]) == (100 - 5 - 3, [0])
        lines = (await office.get("/v1/scores/cleaning/lines", who=who)).json()["lines"]
        assert {line["source"] for line in lines} == {"item", "act"}
        assert sum(line["points"] for line in lines) == record["points"] == -8
        answer = (await office.get("/v1/scores", who=who)).json()
        assert ({each["rank"] for each in answer["units"]}, answer["red"], answer["black"]) == ({None}, [], [])
    own = (await office.get("/v1/units/cleaning/record", who="handler")).json()
    assert len(own["accountability_cases"]) == 2


async def test_the_record_shows_places_in_bulletins_by_the_edition_that_held(office: Office):
    published = await office.post("/v1/bulletins", {"kind": "weekly", "period": "2026-W48"})
    assert published.status_code == 201, published.text
    office.city.clock.pass_by(timedelta(minutes=1))
    first = (await office.get("/v1/units/cleaning/record")).json()["placements"]
    assert [(each["bulletin"], each["ranking"], each["edition"]) for each in first] == [("weekly/2026-W48", "units", 1)]
    [place] = first
    bulletin = (await office.get(f"/v1/bulletins/{place['bulletin_id']}")).json()
    ranking = bulletin["editions"][0]["rankings"][0]
    [line] = [each for each in ranking["lines"] if each["code"] == "cleaning"]
    assert (place["rank"], place["score"], place["ranked"]) == (line["rank"], line["score"], len(ranking["lines"]))
    assert (place["red"], place["black"]) == ("cleaning" in ranking["red"], "cleaning" in ranking["black"])
    before = datetime.fromisoformat(bulletin["published_at"]) - timedelta(seconds=1)
    earlier = (await office.get("/v1/units/cleaning/record", as_of=before.isoformat())).json()
    assert earlier["placements"] == []


def test_every_kind_of_line_has_its_texts():
    texts = section("scores")["kinds"]
    assert set(texts) == set(LineKind)
    for text in texts.values():
        assert set(text) == {"zh", "en"}
        assert all(set(each) == {"name", "sentence"} for each in text.values())
