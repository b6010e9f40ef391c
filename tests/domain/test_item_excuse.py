"""What a granted appeal excuses: the rungs that follow on the mark, before and after the ruling, and no others."""

from domain.item import events as e
from domain.item.excuse import is_excused
from domain.ladder import Rung
from tests.domain.clocks import november
from tests.domain.item_samples import (
    accept,
    appeal,
    follow_up,
    given,
    grant_extension,
    report,
    request_extension,
    rule_on_appeal,
    send_back,
    submit,
)
from tests.domain.test_score_lines import RULES

LATE = given(report, accept, follow_up.at(november(18, 9)), rules=RULES)
EXCUSED = LATE.when(appeal, rule_on_appeal)


def excused(life, rung, clock_id="rectify-1"):
    file = life.state.dossier
    return is_excused(clock_id, rung, file.climbs, file.marks)


def test_a_rung_that_followed_on_the_deadline_is_excused_with_its_mark():
    assert not excused(LATE, Rung.REMIND)
    assert not excused(LATE.when(appeal), Rung.REMIND)
    assert not excused(LATE.when(appeal, rule_on_appeal.with_(granted=False)), Rung.REMIND)
    assert excused(EXCUSED, Rung.REMIND)


def test_a_warning_came_before_the_deadline_and_stands():
    assert not excused(EXCUSED, Rung.WARN)


def test_a_rung_that_follows_later_is_excused_as_it_is_climbed():
    life = EXCUSED.when(follow_up.at(november(20, 9)))
    assert excused(life, Rung.SUPERVISE)
    assert life.last(e.RungClimbed).excused
    assert not LATE.when(follow_up.at(november(20, 9))).last(e.RungClimbed).excused


def test_what_an_occasion_brought_is_no_matter_of_a_deadline():
    life = given(report, accept, submit, send_back, follow_up.at(november(19, 9)), rules=RULES)
    life = life.when(appeal.with_(clock_id="rectify-2"), rule_on_appeal.with_(clock_id="rectify-2"))
    assert not excused(life, Rung.SUPERVISE, "rectify-2")


def test_an_extension_granted_after_the_deadline_gives_another_one_that_is_not_excused():
    life = given(report, accept, request_extension, follow_up.at(november(18, 9)), rules=RULES)
    life = life.when(appeal, rule_on_appeal, grant_extension, follow_up.at(november(26, 9)))
    assert excused(life, Rung.REMIND)
    assert not excused(life, Rung.SUPERVISE)


def test_a_rung_nobody_climbed_is_not_excused():
    assert not excused(EXCUSED, Rung.CRITICISE)
    assert not excused(EXCUSED, Rung.REMIND, "accept-1")
