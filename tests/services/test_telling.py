"""Who hears of what, by role: rungs, acts, cases, gates; and who hears where no unit is in charge."""

import json
from pathlib import Path

import pytest

from domain.ladder import USUAL_RECIPIENTS, Recipient, Rung
from domain.notice.telling import TOLD, telling
from services.handling.aggregates import AGGREGATES
from services.messages.catalogue import LANGUAGES, section

GOLDEN = Path(__file__).parents[1] / "domain" / "golden"
HANDLER, HEAD, OFFICE, LEADERS = (
    Recipient.HANDLER,
    Recipient.UNIT_HEAD,
    Recipient.OFFICE,
    Recipient.LEADING_GROUP,
)


def stored(name: str, **changes: object):
    kind = name.partition(".")[0]
    content = json.loads((GOLDEN / kind / f"{name}.json").read_text(encoding="utf-8"))
    content = {key: value for key, value in {**content, **changes}.items() if value is not None}
    return AGGREGATES[kind].events.validate_json(json.dumps(content))


@pytest.mark.parametrize("rung", list(Rung))
def test_a_rung_is_told_to_those_whom_the_event_names_else_to_the_usual_ones(rung: Rung) -> None:
    named = stored("item.rung_climbed.v1", rung=rung.value, recipients=["sponsor"], unit="cleaning")
    assert telling(named).to == (Recipient.SPONSOR,)
    usual = stored("item.rung_climbed.v1", rung=rung.value, unit="cleaning")
    assert telling(usual).to == USUAL_RECIPIENTS[rung]
    assert telling(usual).unit == "cleaning"
    assert telling(usual).urgent is (rung is Rung.SUMMON)


def test_where_no_unit_is_in_charge_the_office_hears_what_the_unit_would() -> None:
    event = stored("item.rung_climbed.v1", rung="supervise", unit=None)
    assert telling(event).to == (OFFICE,)
    summons = stored("obligation.rung_climbed.v1", rung="summon", unit=None)
    assert telling(summons).to == (OFFICE, LEADERS)


def test_an_order_says_until_when_it_is_to_be_answered() -> None:
    due = "2026-11-25T10:00:00Z"
    told = telling(stored("item.rung_climbed.v1", rung="supervise", unit="cleaning", answer_by=due))
    assert (told.topic, told.facts["due"]) == ("rung_answer", "2026-11-25T10:00:00+00:00")


def test_duties_recur_and_are_not_announced() -> None:
    owed = {"kind": "letter", "letter_id": "letter", "signatory": "head"}
    assert telling(stored("obligation.assigned.v1", owed=owed)).to == (HANDLER,)
    files = [file.stem for file in (GOLDEN / "obligation").glob("obligation.assigned*.json")]
    told = {event.owed.kind: telling(event) for event in map(stored, files)}
    assert told["duty"] is None


def test_the_leading_group_hears_of_gates_it_must_decide() -> None:
    assert telling(stored("campaign.gate_referred.v1")).to == (LEADERS,)


@pytest.mark.parametrize(
    ("name", "to", "urgent"),
    [
        ("case.opened.v1", (OFFICE, LEADERS), False),
        ("case.unit_notified.v1", (HANDLER, HEAD), True),
        ("case.finding_recorded.v1", (LEADERS,), False),
        ("case.decided.v1", (HANDLER, HEAD, OFFICE), True),
        ("case.appealed.v1", (LEADERS, OFFICE), False),
        ("case.reviewed.v1", (HANDLER, HEAD, OFFICE), True),
        ("act.issued.v1", (HANDLER, HEAD), None),
        ("case.ground_excused.v1", (OFFICE, LEADERS), False),
        ("item.rung_climbed.v1+excused", (HANDLER, HEAD), False),
    ],
)
def test_steps_of_cases_and_acts_are_told_to_those_who_have_to_act(
    name: str, to: tuple[Recipient, ...], urgent: bool | None
) -> None:
    told = telling(stored(name))
    assert told.to == to
    assert urgent is None or told.urgent is urgent


def test_nobody_hears_of_what_is_no_news() -> None:
    assert telling(stored("item.commented.v1")) is None
    assert "item.commented.v1" not in TOLD


def test_everything_that_is_told_has_words_in_both_languages() -> None:
    topics = section("notices")["topics"]
    files = [file for file in GOLDEN.glob("*/*.json") if file.stem.partition("+")[0] in TOLD]
    told = [telling(AGGREGATES[file.parent.name].events.validate_json(file.read_bytes())) for file in files]
    assert {each.topic for each in told if each} | {"rung_answer"} == set(topics)
    for texts in topics.values():
        assert set(texts) == set(LANGUAGES)
