"""The ladder: the order of its rungs and what a rule may say."""

import pytest
from pydantic import ValidationError

from domain.ladder import (
    RUNGS,
    STANDARD_LADDER,
    USUAL_RECIPIENTS,
    Ladder,
    OccasionRule,
    Recipient,
    Rung,
    RungRule,
    usual_recipients,
)
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
        {"rung": "warn", "share_of_limit": 80, "before_due": {"kind": "working_days", "amount": 1}},
        {"rung": "warn", "before_due": {"kind": "working_days", "amount": 0}},
        {"rung": "warn", "share_of_limit": 80, "points": -1},
        {"rung": "warn", "share_of_limit": 80, "recipients": ["office", "office"]},
        {"rung": "warn", "share_of_limit": 80, "recipients": ["everybody"]},
    ],
)
def test_a_rule_has_exactly_one_possible_trigger(rule: dict[str, object]):
    with pytest.raises(ValidationError):
        RungRule.model_validate(rule)


def test_a_ladder_reads_back_what_it_wrote():
    assert Ladder.model_validate_json(STANDARD_LADDER.model_dump_json()) == STANDARD_LADDER


@pytest.mark.parametrize(
    "rule",
    [
        {"rung": "supervise"},
        {"rung": "supervise", "reworks": 2, "recurrence": True},
        {"rung": "supervise", "reworks": 0},
        {"rung": "supervise", "recurrence": False},
        {"rung": "supervise", "reworks": 2, "after_due": {"kind": "working_days", "amount": 1}},
    ],
)
def test_an_occasion_is_either_so_many_reworks_or_a_recurrence(rule: dict[str, object]):
    with pytest.raises(ValidationError):
        OccasionRule.model_validate(rule)


@pytest.mark.parametrize(
    "occasions",
    [
        [{"rung": "supervise", "reworks": 2}, {"rung": "criticise", "reworks": 2}],
        [{"rung": "supervise", "recurrence": True}, {"rung": "criticise", "recurrence": True}],
        [{"rung": "criticise", "reworks": 2}, {"rung": "supervise", "reworks": 3}],
    ],
)
def test_occasions_that_contradict_each_other_are_refused(occasions: list[dict[str, object]]):
    with pytest.raises(ValidationError):
        Ladder.model_validate({"occasions": occasions})


def test_a_rung_may_be_climbed_by_time_and_on_an_occasion():
    ladder = Ladder(rules=STANDARD_LADDER.rules, occasions=(OccasionRule(rung=Rung.SUPERVISE, reworks=2),))
    assert ladder.occasion_for(reworks=2, recurrence=False) == ladder.occasions[0]
    assert ladder.occasion_for(reworks=1, recurrence=True) is None


def test_of_the_occasions_met_the_highest_rung_counts_and_there_the_one_for_more_reworks():
    twice, thrice = (OccasionRule(rung=Rung.SUPERVISE, reworks=times, points=times) for times in (2, 3))
    back = OccasionRule(rung=Rung.SUMMON, recurrence=True)
    ladder = Ladder(occasions=(twice, thrice, back))
    assert ladder.occasion_for(reworks=4, recurrence=False) == thrice
    assert ladder.occasion_for(reworks=4, recurrence=True) == back


def test_the_usual_recipients_rise_with_the_rung_and_where_nobody_is_in_charge_the_office_is_told():
    for rung in RUNGS:
        assert usual_recipients(rung, with_a_unit=True) == USUAL_RECIPIENTS[rung]
        assert Recipient.OFFICE in usual_recipients(rung, with_a_unit=False)
        assert Recipient.HANDLER not in usual_recipients(rung, with_a_unit=False)
    assert Recipient.LEADING_GROUP in usual_recipients(Rung.SUMMON, with_a_unit=False)
