"""The ladder: the order of its rungs and what a rule may say."""

import pytest
from pydantic import ValidationError

from domain.ladder import RUNGS, STANDARD_LADDER, Ladder, Rung, RungRule
from domain.limits import Limit, LimitKind

AT_ONCE = Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0)


def test_the_rungs_rise_from_a_warning_to_accountability():
    assert RUNGS == (Rung.WARN, Rung.REMIND, Rung.SUPERVISE, Rung.CRITICISE, Rung.SUMMON, Rung.HOLD_TO_ACCOUNT)


def test_the_standard_ladder_has_every_rung():
    assert tuple(rule.rung for rule in STANDARD_LADDER.rules) == RUNGS


def test_a_ladder_may_leave_rungs_out_or_have_none():
    assert Ladder().rules == ()
    assert len(Ladder(rules=(STANDARD_LADDER.rules[0], STANDARD_LADDER.rules[5])).rules) == 2


def test_rungs_out_of_order_are_refused():
    with pytest.raises(ValidationError):
        Ladder(rules=(RungRule(rung=Rung.REMIND, after_due=AT_ONCE), RungRule(rung=Rung.WARN, share_of_limit=80)))


def test_a_rung_given_twice_is_refused():
    with pytest.raises(ValidationError):
        Ladder(rules=(RungRule(rung=Rung.WARN, share_of_limit=50), RungRule(rung=Rung.WARN, share_of_limit=80)))


@pytest.mark.parametrize(
    "rule",
    [
        {"rung": "warn"},
        {"rung": "warn", "share_of_limit": 80, "after_due": {"kind": "elapsed_seconds", "amount": 0}},
        {"rung": "warn", "share_of_limit": 0},
        {"rung": "warn", "share_of_limit": 101},
        {"rung": "warn", "share_of_limit": 80.0},
        {"rung": "shout", "share_of_limit": 80},
    ],
)
def test_a_rule_has_exactly_one_possible_trigger(rule: dict[str, object]):
    with pytest.raises(ValidationError):
        RungRule.model_validate(rule)


def test_a_ladder_reads_back_what_it_wrote():
    assert Ladder.model_validate_json(STANDARD_LADDER.model_dump_json()) == STANDARD_LADDER
