"""Whether an act's occasion still stands when it is to be issued."""

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
    merge,
    pass_check,
    refuse,
    report,
    resume,
    rule_on_appeal,
    submit,
    suspend,
    transfer,
    transfer_out,
    void,
)

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
    assert o.reason_gone(planned(kind), item(accept)) is None


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
    assert o.reason_gone(planned(kind), item(*deeds, rules=rules)) == o.CLOSED


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
@pytest.mark.parametrize("deeds", [(transfer,), (refuse,)], ids=["transferred", "refused"])
def test_what_lies_with_another_unit_or_none_brings_no_act(kind, deeds):
    assert o.reason_gone(planned(kind), item(*deeds)) == o.WITH_ANOTHER_UNIT


def test_a_suspension_holds_a_reminder_and_nothing_that_was_due_at_once():
    suspended = item(accept, suspend)
    assert o.reason_gone(planned(ActKind.REMINDER), suspended) == o.SUSPENDED
    assert o.reason_gone(planned(ActKind.REMINDER), item(accept, suspend, resume)) is None
    for kind in ON_THE_SPOT:
        assert o.reason_gone(planned(kind), suspended) is None


def test_nobody_is_reminded_of_a_step_that_is_done():
    done = item(accept, submit)
    assert o.reason_gone(planned(ActKind.REMINDER), done) == o.STEP_DONE
    assert o.reason_gone(planned(ActKind.REMINDER, clock_id="accept-1"), item(accept)) == o.STEP_DONE
    for kind in ON_THE_SPOT:
        assert o.reason_gone(planned(kind), done) is None


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
def test_what_a_granted_appeal_excused_brings_no_act_and_a_refused_one_changes_nothing(kind):
    late = given(report, accept, follow_up.at(november(27, 9)))
    assert o.reason_gone(planned(kind), late.item) is None
    assert o.reason_gone(planned(kind), late.when(appeal, rule_on_appeal.with_(granted=False)).item) is None
    assert o.reason_gone(planned(kind), late.when(appeal, rule_on_appeal).item) == o.EXCUSED


@pytest.mark.parametrize("kind", RUNG_OF_ACT)
def test_obligations_bring_acts_until_they_are_fulfilled_or_withdrawn(kind):
    act = planned(kind, source="obligation", clock_id="task-1", stream_id=owing.OBLIGATION)
    assert o.reason_gone(act, owing.owed(owing.assign_task).state) is None
    done = owing.owed(owing.assign_task, owing.complete, owing.accept).state
    assert o.reason_gone(act, done) == o.CLOSED
    assert o.reason_gone(act, owing.owed(owing.assign_task, owing.withdraw).state) == o.CLOSED
    submitted = owing.owed(owing.assign_task, owing.complete).state
    expected = o.STEP_DONE if kind is ActKind.REMINDER else None
    assert o.reason_gone(act, submitted) == expected
    other = act.model_copy(update={"unit": "sanitation"})
    assert o.reason_gone(other, owing.owed(owing.assign_task).state) == o.WITH_ANOTHER_UNIT


def test_what_a_ranking_brings_or_the_office_wants_stands_in_any_case():
    voided = item(void)
    for deed in (s.plan_card, s.plan_by_hand):
        assert o.reason_gone(s.Acting().when(deed).file.planned, voided) is None
    assert o.reason_gone(planned(ActKind.ORDER), None) is None


def test_every_rung_that_brings_an_act_is_tried_here():
    assert {*RUNG_OF_ACT.values()} == {Rung.REMIND, Rung.SUPERVISE, Rung.CRITICISE, Rung.SUMMON}
