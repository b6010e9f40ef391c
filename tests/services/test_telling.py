"""Who hears of what, by role: rungs, acts, cases, gates; and who hears where no unit is in charge."""

import json
from pathlib import Path

import pytest

from domain.ladder import USUAL_RECIPIENTS, Recipient, Rung
from domain.notice.telling import TOLD, telling
from domain.rulebook.rulebook import Rulebook
from services.handling.aggregates import AGGREGATES
from services.messages.catalogue import LANGUAGES, section
from services.messages.notice_texts import line_of

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


def test_whoever_never_heard_of_something_does_not_hear_of_its_withdrawal() -> None:
    assert telling(stored("act.withdrawn.v1", issued=False)) is None
    assert telling(stored("act.withdrawn.v1", issued=True)).to == (HANDLER, HEAD)
    assert telling(stored("act.withdrawn.v1")).to == (HANDLER, HEAD)
    assert telling(stored("case.withdrawn.v1", notified=False)).to == (OFFICE, LEADERS)
    assert telling(stored("case.withdrawn.v1", notified=True)).to == (HANDLER, HEAD)


@pytest.mark.parametrize("kind", ["item", "obligation"])
def test_the_office_hears_of_appeals_and_the_unit_that_was_late_of_the_ruling(kind: str) -> None:
    assert telling(stored(f"{kind}.overdue_appealed.v1")).to == (OFFICE,)
    for ruling in ("granted", "refused"):
        told = telling(stored(f"{kind}.overdue_appeal_{ruling}.v1"))
        assert (told.topic, told.to) == (f"appeal_{ruling}", (HANDLER,))
    late = telling(stored("item.overdue_appeal_granted.v1", unit="cleaning"))
    assert (late.unit, late.facts) == ("cleaning", {"reason": late.facts["reason"]})


def test_an_extension_is_asked_of_the_office_and_the_unit_hears_what_became_of_it() -> None:
    assert telling(stored("item.extension_requested.v1")).to == (OFFICE,)
    assert telling(stored("item.extension_refused.v1")).to == (HANDLER,)
    assert set(telling(stored("item.extension_granted.v1")).facts) == {"due"}


def test_where_a_case_ends_with_what_was_decided_no_day_is_named() -> None:
    assert telling(stored("case.decided.v1+no_fault")).topic == "case_decided_over"
    assert telling(stored("case.reviewed.v1+overturned")).topic == "case_reviewed_over"
    assert "{due}" not in str([section("notices")["topics"][f"case_{step}_over"] for step in ("decided", "reviewed")])


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


def test_english_lines_say_the_english_title_where_there_is_one() -> None:
    facts = {"number": "创问〔2026〕1号", "title": "弄虚作假", "english_title": "False reports", "unit": "cleaning"}
    assert "False reports" in line_of("case_closed", facts, Rulebook(), "en")
    assert "弄虚作假" in line_of("case_closed", facts, Rulebook(), "zh")
    del facts["english_title"]
    assert "弄虚作假" in line_of("case_closed", facts, Rulebook(), "en")
