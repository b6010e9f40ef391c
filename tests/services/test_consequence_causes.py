"""What an act or a case says of the rung that led to it: what the event of the climb says."""

import pytest

from domain.clock import ClockKind
from domain.item.events import AccountabilityFellDue, RungClimbed
from domain.item.values import Climb
from domain.ladder import Occasion, Rung
from domain.supervision.events import ActPlanned
from domain.supervision.values import ACT_OF_RUNG
from services.consequences.neglected import Neglected
from services.documents.letters import act_letter
from services.documents.letters.wording import say
from tests.domain import act_samples as acts
from tests.domain.clocks import november
from tests.domain.item_samples import ITEM, RULES, accept, given, report

ACCEPTED = given(report, accept)
CLIMBED_AT = november(18, 10)
EARLIER, LATER = november(17, 10), november(25, 18)


def neglected(rung: Rung, occasion: Occasion = "time") -> Neglected:
    climb = Climb(rung=rung, clock_id="rectify-1", at=CLIMBED_AT, unit="city-management", occasion=occasion)
    return Neglected("item", ITEM, "2026-000001", "流动摊点", None, None, ACCEPTED.clock, (climb,), ())


def climbed(rung: Rung = Rung.SUPERVISE, **changes: object) -> RungClimbed:
    event = RungClimbed(
        occurred_at=CLIMBED_AT, clock_id="rectify-1", rung=rung, planned_at=CLIMBED_AT, policy_version="city@1"
    )
    return event.model_copy(update=changes)


def test_the_deadline_is_that_of_the_event_and_of_old_events_that_of_the_clock():
    assert ACCEPTED.clock.due_at not in (EARLIER, LATER)
    cause = neglected(Rung.SUPERVISE).cause(climbed(due_at=EARLIER), Rung.SUPERVISE)
    assert (cause.due_at, cause.clock_kind) == (EARLIER, ClockKind.RECTIFY)
    assert neglected(Rung.SUPERVISE).cause(climbed(), Rung.SUPERVISE).due_at == ACCEPTED.clock.due_at


@pytest.mark.parametrize("occasion", ["time", "reworks", "recurrence"])
def test_acts_and_cases_alike_are_told_the_occasion_of_the_climb(occasion: Occasion):
    act = neglected(Rung.SUPERVISE, occasion).cause(climbed(occasion=occasion), Rung.SUPERVISE)
    last = AccountabilityFellDue(
        occurred_at=CLIMBED_AT, clock_id="rectify-1", unit="city-management", policy_version="city@1", due_at=EARLIER
    )
    case = neglected(Rung.HOLD_TO_ACCOUNT, occasion).cause(last, Rung.HOLD_TO_ACCOUNT)
    assert (act.occasion, case.occasion, case.due_at) == (occasion, occasion, EARLIER)


@pytest.mark.parametrize("rung", ACT_OF_RUNG)
@pytest.mark.parametrize(
    ("changes", "told", "not_told"),
    [
        ({"due_at": EARLIER}, "仍未完成", "反弹"),
        ({"due_at": LATER}, "尚未完成", "届满"),
        ({"due_at": LATER, "occasion": "reworks"}, "被退回返工", "届满"),
        ({"due_at": LATER, "occasion": "recurrence"}, "出现反弹", "届满"),
        ({"due_at": None}, "按规定升至", "届满"),
    ],
    ids=["missed", "ahead", "reworks", "recurrence", "paused"],
)
def test_a_letter_says_that_a_deadline_was_missed_where_one_was_and_nowhere_else(
    rung: Rung, changes: dict[str, object], told: str, not_told: str
):
    deed = acts.plan_order.with_(kind=ACT_OF_RUNG[rung], cause=acts.rung_cause(rung, climbed_at=CLIMBED_AT, **changes))
    planned = acts.Acting().when(deed).last(ActPlanned)
    letter = act_letter(planned, acts.number(acts.Series.ORDER), CLIMBED_AT, RULES)
    said = "\n".join([*(part.text for part in letter.paragraphs), *(entry.text for entry in letter.form)])
    assert told in said
    assert not_told not in said
    labels = {entry.label for entry in letter.form}
    missed = told == "仍未完成"
    assert (say("lines", "step") in labels) is (missed and rung is Rung.SUPERVISE)
