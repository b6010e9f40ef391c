"""Whether an act's occasion still stands when it is to be issued."""

from datetime import timedelta

import pytest

from domain.ladder import Rung
from domain.supervision import occasion as o
from domain.supervision.values import ACT_OF_RUNG, ActKind
from tests.domain import act_samples as s
from tests.domain import obligation_samples as owing
from tests.domain.clocks import november
from tests.domain.item_samples import (
    CLOSED_BY_OFFICE,
    KEPT_OPEN,
    RULES,
    accept,
    appeal,
    close,
    follow_up,
    given,
    grant_extension,
    merge,
    pass_check,
    refuse,
    report,
    request_extension,
    resume,
    rule_on_appeal,
    submit,
    suspend,
    transfer,
    transfer_out,
    void,
)

LATER = november(30, 9) + timedelta(days=60)  # all deadlines have passed
RUNG_OF_ACT = {kind: rung for rung, kind in ACT_OF_RUNG.items()}
ON_THE_SPOT = (ActKind.ORDER, ActKind.CRITICISM, ActKind.SUMMONS)


def planned(kind, **cause):
    rung = RUNG_OF_ACT[kind]
    deed = s.plan_order.with_(kind=kind, cause=s.rung_cause(rung, **cause))
    return s.Acting().when(deed).file.planned


def item(*deeds, rules=RULES):
    return given(report, *deeds, rules=rules).item


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
def test_the_occasion_of_a_neglected_item_stands(kind):
    assert o.reason_gone(planned(kind), item(accept), LATER) is None


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
@pytest.mark.parametrize(
    ("deeds", "rules"),
    [
        ((accept, submit, pass_check), RULES),
        ((accept, submit, pass_check, close), CLOSED_BY_OFFICE),
        ((accept, submit, pass_check), KEPT_OPEN),
        ((void,), RULES),
        ((merge,), RULES),
        ((transfer_out,), RULES),
    ],
    ids=["passed", "closed", "kept", "voided", "merged", "transferred out"],
)
def test_what_is_over_brings_no_act(kind, deeds, rules):
    assert o.reason_gone(planned(kind), item(*deeds, rules=rules), LATER) == o.CLOSED


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
@pytest.mark.parametrize("deeds", [(transfer,), (refuse,)], ids=["transferred", "refused"])
def test_what_lies_with_another_unit_or_none_brings_no_act(kind, deeds):
    assert o.reason_gone(planned(kind), item(*deeds), LATER) == o.WITH_ANOTHER_UNIT


def test_a_suspension_holds_a_reminder_and_nothing_that_was_due_at_once():
    suspended = item(accept, suspend)
    assert o.reason_gone(planned(ActKind.REMINDER), suspended, LATER) == o.SUSPENDED
    assert o.reason_gone(planned(ActKind.REMINDER), item(accept, suspend, resume), LATER) is None
    for kind in ON_THE_SPOT:
        assert o.reason_gone(planned(kind), suspended, LATER) is None


def test_nobody_is_reminded_of_a_step_that_is_done():
    done = item(accept, submit)
    assert o.reason_gone(planned(ActKind.REMINDER), done, LATER) == o.STEP_DONE
    assert o.reason_gone(planned(ActKind.REMINDER, clock_id="accept-1"), item(accept), LATER) == o.STEP_DONE
    for kind in ON_THE_SPOT:
        assert o.reason_gone(planned(kind), done, LATER) is None


def test_nobody_is_reminded_of_a_deadline_that_was_moved_and_lies_ahead():
    late = given(report, accept, request_extension, follow_up.at(november(17, 10)))
    reminder = planned(ActKind.REMINDER, due_at=late.clock.due_at)
    assert o.reason_gone(reminder, late.item, november(17, 10)) is None
    extended = late.when(grant_extension)
    assert extended.clock.due_at > november(17, 10)
    assert o.reason_gone(reminder, extended.item, november(17, 10)) == o.DEADLINE_MOVED
    assert o.reason_gone(reminder, extended.item, extended.clock.due_at) is None, "that one has passed as well"
    order = planned(ActKind.ORDER, due_at=late.clock.due_at)
    assert o.reason_gone(order, extended.item, november(17, 10)) is None


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
def test_what_a_granted_appeal_excused_brings_no_act_and_a_refused_one_changes_nothing(kind):
    late = given(report, accept, follow_up.at(november(27, 9)))
    assert o.reason_gone(planned(kind), late.item, LATER) is None
    assert o.reason_gone(planned(kind), late.when(appeal, rule_on_appeal.with_(granted=False)).item, LATER) is None
    assert o.reason_gone(planned(kind), late.when(appeal, rule_on_appeal).item, LATER) == o.EXCUSED


def test_an_obligation_that_was_excused_brings_no_act_either():
    late = owing.owed(owing.assign_duty, owing.follow_up.at(november(20, 9)))
    followed = [climb.rung for climb in late.state.record.climbs if climb.missed is not None]
    assert followed == [Rung.REMIND, Rung.SUPERVISE]
    for rung in followed:
        cause = {"source": "obligation", "clock_id": "duty-1", "stream_id": owing.OBLIGATION}
        act = planned(ACT_OF_RUNG[rung], **cause)
        assert o.reason_gone(act, late.state, LATER) != o.EXCUSED
        assert o.reason_gone(act, late.when(owing.appeal, owing.rule_on_appeal).state, LATER) == o.EXCUSED


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
def test_obligations_bring_acts_until_they_are_fulfilled_or_withdrawn(kind):
    act = planned(kind, source="obligation", clock_id="task-1", stream_id=owing.OBLIGATION)
    assert o.reason_gone(act, owing.owed(owing.assign_task).state, LATER) is None
    done = owing.owed(owing.assign_task, owing.complete, owing.accept).state
    assert o.reason_gone(act, done, LATER) == o.CLOSED
    assert o.reason_gone(act, owing.owed(owing.assign_task, owing.withdraw).state, LATER) == o.CLOSED
    submitted = owing.owed(owing.assign_task, owing.complete).state
    expected = o.STEP_DONE if kind is ActKind.REMINDER else None
    assert o.reason_gone(act, submitted, LATER) == expected
    other = act.model_copy(update={"unit": "sanitation"})
    assert o.reason_gone(other, owing.owed(owing.assign_task).state, LATER) == o.WITH_ANOTHER_UNIT


def test_what_a_ranking_brings_or_the_office_wants_stands_in_any_case():
    voided = item(void)
    for deed in (s.plan_card, s.plan_by_hand):
        assert o.reason_gone(s.Acting().when(deed).file.planned, voided, LATER) is None
    assert o.reason_gone(planned(ActKind.ORDER), None, LATER) is None


def test_every_rung_that_brings_an_act_is_tried_here():
    assert {*RUNG_OF_ACT.values()} == {Rung.REMIND, Rung.SUPERVISE, Rung.CRITICISE, Rung.SUMMON}
