"""Score lines: what each event takes from a unit or gives back, and why."""

from typing import Any

import pytest

from domain.accountability.rules import AccountabilityRules, Measure
from domain.clock import ClockKind
from domain.item import events as e
from domain.ladder import Ladder, OccasionRule, Rung, RungRule
from domain.limits import Limit, LimitKind
from domain.score.folding import lines_of
from domain.score.lines import LineKind, ScoreLine
from domain.score.lists import lists
from domain.supervision.values import ActKind
from tests.domain import act_samples as acts
from tests.domain import case_samples as cases
from tests.domain import obligation_samples as owed
from tests.domain.clocks import november, working_days
from tests.domain.item_samples import (
    ITEM,
    OTHER_ITEM,
    SWEEPER,
    accept,
    appeal,
    follow_up,
    given,
    grant_extension,
    pass_check,
    refuse,
    report,
    request_extension,
    rule_on_appeal,
    rules_with,
    send_back,
    submit,
    transfer,
)

AT_ONCE = Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0)
LADDER = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, share_of_limit=80, points=1),
        RungRule(rung=Rung.REMIND, after_due=AT_ONCE, points=2),
        RungRule(rung=Rung.SUPERVISE, after_due=working_days(2), points=3),
        RungRule(rung=Rung.CRITICISE, after_due=working_days(5), points=5),
    ),
    occasions=(OccasionRule(rung=Rung.SUPERVISE, reworks=1, points=4),),
)
PLAIN = Ladder(rules=LADDER.rules)
RULES = rules_with(ladders={ClockKind.ACCEPT: PLAIN, ClockKind.RECTIFY: LADDER})
REFUSED = rule_on_appeal.with_(granted=False)
# Accepted on a Monday at nine, with a working day to rectify: due on Tuesday at nine.
LATE = given(report, accept, follow_up.at(november(18, 9)), rules=RULES)


def lines(life: Any) -> list[ScoreLine]:
    return lines_of("item", ITEM, life.history)


def told(life: Any) -> list[tuple[LineKind, int]]:
    return [(line.kind, line.points) for line in lines(life)]


def points(life: Any) -> int:
    return sum(line.points for line in lines(life))


def test_who_does_everything_in_time_has_no_lines():
    assert lines(given(report, accept, submit, pass_check, rules=RULES)) == []


def test_a_mark_and_every_rung_is_a_line_of_its_own_with_what_it_comes_from():
    assert told(LATE) == [(LineKind.RUNG, -1), (LineKind.OVERDUE, 0), (LineKind.RUNG, -2)]
    warned, overdue, reminded = lines(LATE)
    assert isinstance(LATE.history[overdue.version - 1], e.ItemFellOverdue)
    assert reminded == ScoreLine(
        stream_id=ITEM,
        version=overdue.version + 1,
        source="item",
        kind=LineKind.RUNG,
        at=november(18, 9),
        unit="city-management",
        number="2026-000001",
        points=-2,
        clock_id="rectify-1",
        rung=Rung.REMIND,
        policy_version="city@2",
    )
    assert (warned.rung, overdue.policy_version) == (Rung.WARN, "city@2")


def test_a_granted_appeal_gives_back_what_followed_the_deadline_and_not_the_warning_before():
    life = LATE.when(follow_up.at(november(19, 10)), appeal, rule_on_appeal)
    given_back = lines(life)[-1]
    assert (given_back.kind, given_back.points) == (LineKind.APPEAL_GRANTED, 5)
    corrected = [line for line in lines(life) if line.version in given_back.corrects]
    assert [line.rung for line in corrected] == [Rung.REMIND, Rung.SUPERVISE]
    assert points(life) == -1
    assert [line.kind for line in lines(life)].count(LineKind.OVERDUE) == 1


def test_a_refused_appeal_gives_back_nothing():
    assert told(LATE.when(appeal, REFUSED)) == told(LATE)


def test_rungs_that_follow_on_an_excused_mark_take_nothing_and_say_so():
    life = LATE.when(appeal, rule_on_appeal, follow_up.at(november(25, 9)))
    later = lines(life)[-2:]
    assert [(line.rung, line.points, line.waived) for line in later] == [
        (Rung.SUPERVISE, 0, 3),
        (Rung.CRITICISE, 0, 5),
    ]
    assert points(life) == -1


def test_a_late_extension_gives_a_second_mark_and_each_is_appealed_for_itself():
    extended = given(report, accept, request_extension, follow_up.at(november(18, 9)), grant_extension, rules=RULES)
    twice = extended.when(follow_up.at(november(25, 9)))
    assert told(twice) == [
        (LineKind.RUNG, -1),
        (LineKind.OVERDUE, 0),
        (LineKind.RUNG, -2),
        (LineKind.OVERDUE, 0),
        (LineKind.RUNG, -3),
    ]
    granted = twice.when(appeal, rule_on_appeal)
    assert [line.rung for line in lines(granted) if line.version in lines(granted)[-1].corrects] == [Rung.SUPERVISE]
    assert points(granted) == -3


def test_the_first_mark_is_excused_while_the_second_counts():
    life = given(
        *(report, accept, request_extension, follow_up.at(november(18, 9)), appeal, rule_on_appeal, grant_extension),
        rules=RULES,
    )
    assert points(life) == -1
    later = life.when(follow_up.at(november(26, 9)))
    assert told(later)[-2:] == [(LineKind.OVERDUE, 0), (LineKind.RUNG, -3)]
    assert points(later) == -4


def test_each_line_counts_against_the_unit_of_its_moment_also_after_a_transfer():
    life = given(report, follow_up.at(november(18, 9)), transfer, rules=RULES)
    life = life.when(accept.by(SWEEPER), follow_up.at(november(20, 9)))
    by_unit = {
        unit: sum(line.points for line in lines(life) if line.unit == unit)
        for unit in ("city-management", "sanitation")
    }
    assert by_unit == {"city-management": -3, "sanitation": -3}
    assert {line.clock_id for line in lines(life)} == {"accept-1", "rectify-1"}


def test_the_office_and_the_inspectors_lose_no_points_where_they_are_late():
    ladders = dict.fromkeys((ClockKind.DISPATCH, ClockKind.CHECK), PLAIN)
    rules = rules_with(ladders=ladders)
    assert lines(given(report, accept, submit, follow_up.at(november(30, 9)), rules=rules)) == []
    assert lines(given(report, refuse, follow_up.at(november(30, 9)), rules=rules)) == []


def test_a_rung_of_an_occasion_is_not_given_back_with_a_deadline_missed_later():
    life = given(report, accept, submit, send_back, follow_up.at(november(24, 9)), rules=RULES)
    assert told(life) == [(LineKind.RUNG, -4), (LineKind.OVERDUE, 0), (LineKind.RUNG, -5)]
    appealed = life.when(appeal.with_(clock_id="rectify-2"), rule_on_appeal.with_(clock_id="rectify-2"))
    assert points(appealed) == -4


def test_what_comes_later_in_a_stream_did_not_happen_earlier():
    fast, slow = (event.model_copy(update={"occurred_at": november(18, hour)}) for event, hour in _last_two())
    first, second = lines_of("item", ITEM, (*LATE.history[:-2], fast, slow))[-2:]
    assert (first.at, second.at) == (november(18, 10), november(18, 10))


def _last_two() -> list[tuple[e.ItemEvent, int]]:
    return [(LATE.history[-2], 10), (LATE.history[-1], 9)]


@pytest.mark.parametrize("opening", owed.OPENINGS[:1])
def test_an_obligation_takes_points_as_an_item_does(opening: Any):
    life = owed.Owing(rules=RULES).when(opening, owed.follow_up.at(november(20, 9)))
    found = lines_of("obligation", OTHER_ITEM, life.history)
    assert {line.kind for line in found} == {LineKind.OVERDUE, LineKind.RUNG}
    assert sum(line.points for line in found) == -6
    assert {(line.campaign_id, line.unit, line.source) for line in found} == {
        ("county-2026", "city-management", "obligation")
    }


def test_an_appeal_about_an_obligation_gives_back_what_it_gives_back_about_an_item():
    late = owed.Owing(rules=RULES).when(owed.assign_duty, owed.follow_up.at(november(18, 9)))
    warned, overdue, reminded = lines_of("obligation", OTHER_ITEM, late.history)
    assert (warned.points, overdue.kind, reminded.points) == (-1, LineKind.OVERDUE, -2)
    granted = late.when(owed.appeal, owed.rule_on_appeal, owed.follow_up.at(november(19, 9)))
    given_back, later = lines_of("obligation", OTHER_ITEM, granted.history)[3:]
    assert (given_back.kind, given_back.points, given_back.corrects) == (
        LineKind.APPEAL_GRANTED,
        2,
        (reminded.version,),
    )
    assert (later.rung, later.points, later.waived) == (Rung.SUPERVISE, 0, 3)
    refused = late.when(owed.appeal, owed.rule_on_appeal.with_(granted=False))
    assert lines_of("obligation", OTHER_ITEM, refused.history) == [warned, overdue, reminded]


def test_an_act_of_a_rung_takes_nothing_beside_the_rung():
    life = acts.Acting().when(acts.plan_order, acts.issue(acts.Series.ORDER), acts.withdraw)
    found = lines_of("act", acts.ACT, life.history)
    assert [(line.kind, line.points) for line in found] == [
        (LineKind.ACT, 0),
        (LineKind.ACT_ISSUED, 0),
        (LineKind.ACT_WITHDRAWN, 0),
    ]
    assert [line.number for line in found] == [None, "创督〔2026〕12号", "创督〔2026〕12号"]


@pytest.mark.parametrize("plan", [acts.plan_card, acts.plan_by_hand.with_(points=3)])
def test_an_act_of_a_ranking_or_by_hand_takes_its_points_until_it_is_withdrawn(plan: Any):
    life = acts.Acting().when(plan)
    [planned] = lines_of("act", acts.ACT, life.history)
    assert (planned.points, planned.act, planned.campaign_id) == (-3, plan.content["kind"], "county-2026")
    *_, withdrawn = lines_of("act", acts.ACT, life.when(acts.withdraw).history)
    assert (withdrawn.points, withdrawn.corrects) == (3, (planned.version,))
    assert ActKind(plan.content["kind"]) is withdrawn.act


POINTS = {
    Measure.EDUCATION: 2,
    Measure.ADMONITION: 8,
}
JUDGING = rules_with(accountability=AccountabilityRules(points=POINTS).model_dump())


def case(*deeds: Any) -> list[ScoreLine]:
    life = cases.Accusing(rules=JUDGING).when(cases.open_by_rung, *deeds).settled()
    return lines_of("case", cases.CASE, life.history)


def test_a_decision_takes_points_and_a_rejected_appeal_leaves_them():
    opened, decided, reviewed, *_ = case(*cases.APPEALED, cases.reject)
    assert (opened.kind, opened.points, opened.number) == (LineKind.CASE_OPENED, 0, "创问〔2026〕1号")
    assert (decided.points, decided.measure) == (-8, Measure.ADMONITION)
    assert (reviewed.points, reviewed.measure, reviewed.corrects) == (0, Measure.ADMONITION, ())


@pytest.mark.parametrize(
    ("review", "measure", "change"),
    [(cases.uphold, Measure.EDUCATION, 6), (cases.acquit, Measure.NO_FAULT, 8)],
)
def test_an_upheld_appeal_leaves_the_points_of_the_new_measure(review: Any, measure: Measure, change: int):
    _, decided, reviewed, *_ = case(*cases.APPEALED, review)
    assert (reviewed.points, reviewed.measure, reviewed.corrects) == (change, measure, (decided.version,))


def test_a_case_without_fault_and_one_withdrawn_take_nothing():
    assert [line.points for line in case(*cases.FOUND, cases.no_fault)] == [0, 0, 0]
    assert [line.kind for line in case(cases.withdraw)] == [LineKind.CASE_OPENED, LineKind.CASE_WITHDRAWN]


def test_units_are_ranked_and_only_those_with_points_taken_are_black():
    found = lists({"a": 0, "b": -3, "c": 0, "d": -9, "e": -3}, red=1, black=2)
    assert found.ranks == {"a": 1, "c": 1, "b": 3, "e": 3, "d": 5}
    assert (found.red, found.black) == (("a", "c"), ("d", "b", "e"))
    assert lists({"a": 0, "b": 0}, red=1, black=3).black == ()
    assert lists({}, red=3, black=3).red == ()


def test_nobody_stands_on_both_lists():
    found = lists({"a": -1, "b": -2}, red=3, black=3)
    assert (found.red, found.black) == (("a", "b"), ())
