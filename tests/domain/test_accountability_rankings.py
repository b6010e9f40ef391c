"""Places at the bottom of rankings: who is there, which step follows, and when the count begins anew."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

import pytest

from domain.accountability.rankings import Published, StepTaken, ranking_for, steps_taken
from domain.accountability.rules import BOTTOM_OF_THE_WEEK, YELLOW_AND_RED_CARDS, RankingRule, RankingStep
from domain.indicator.book import FormulaBook
from domain.indicator.book import RankingRule as RankedBy
from domain.indicator.ranking import RankedLine, Ranking
from domain.indicator.standard import STANDARD

UNITS = "abcdefgh"
TWO = RankingRule(bottom=2, steps=(RankingStep(act="summons"), RankingStep(opens_case=True)))


def ranking(scores: Mapping[str, int | None], ranking_id: str = "units") -> Ranking:
    known = [score for score in scores.values() if score is not None]
    lines = [
        RankedLine(
            code=code,
            score=None if score is None else Decimal(score),
            rank=None if score is None else 1 + sum(other > score for other in known),
            figures=(),
        )
        for code, score in scores.items()
    ]
    return Ranking(ranking_id=ranking_id, lines=tuple(lines), red=(), black=())


def week(number: int, order: str) -> Published:
    """The units in order, best first."""
    label = f"2026-W{number:02d}"
    scores = {code: 100 - place for place, code in enumerate(order)}
    return Published(uuid5(UUID(int=0), label), f"weekly/{label}", 1, label, ranking(scores))


def taken(rule: RankingRule, *orders: str) -> dict[str, int]:
    """How often each unit that takes a step after the last of these weeks has been at the bottom, as the rule says."""
    weeks = [week(number, order) for number, order in enumerate(orders, start=1)]
    return {each.unit: each.cause.times for each in steps_taken(rule, weeks[-1], weeks[:-1])}


def of(unit: str, steps: list[StepTaken]) -> StepTaken:
    return next(step for step in steps if step.unit == unit)


def test_the_last_three_of_the_week_take_the_first_step():
    steps = steps_taken(BOTTOM_OF_THE_WEEK, week(1, UNITS), [])
    assert [step.unit for step in steps] == ["h", "g", "f"]
    assert {step.step.by for step in steps} == {"city_leader"}
    assert {step.step.act for step in steps} == {"summons"}


def test_twice_in_a_row_is_for_the_personnel_department_and_three_times_is_a_case():
    weeks = [week(number, UNITS) for number in (1, 2, 3)]
    second = of("h", steps_taken(BOTTOM_OF_THE_WEEK, weeks[1], weeks[:1]))
    third = of("h", steps_taken(BOTTOM_OF_THE_WEEK, weeks[2], weeks[:2]))
    assert (second.step.act, second.step.by) == ("summons", "personnel_department")
    assert (third.step.act, third.step.opens_case) == (None, True)
    assert third.cause.times == 3
    assert third.cause.earlier == ("weekly/2026-W01", "weekly/2026-W02")
    assert (third.cause.bulletin, third.cause.rank, third.cause.score) == ("weekly/2026-W03", 8, "93")


def test_a_better_week_breaks_the_row():
    assert taken(BOTTOM_OF_THE_WEEK, UNITS, "habcdefg", UNITS) == {"h": 1, "g": 3, "f": 3}


def test_a_week_without_cases_breaks_the_row():
    idle = Published(UUID(int=2), "weekly/2026-W02", 1, "2026-W02", ranking({"a": 9, "b": 8, "h": None}))
    steps = steps_taken(BOTTOM_OF_THE_WEEK, week(3, UNITS), [week(1, UNITS), idle])
    assert of("h", steps).cause.times == 1


def test_after_the_last_step_the_count_begins_anew():
    assert taken(TWO, *[UNITS] * 3) == {"h": 1, "g": 1}
    fourth = steps_taken(TWO, week(4, UNITS), [week(number, UNITS) for number in (1, 2, 3)])
    assert of("h", fourth).cause.earlier == ("weekly/2026-W03",)


def test_cards_count_all_weeks_of_the_campaign():
    assert taken(YELLOW_AND_RED_CARDS, UNITS, "habcdefg", UNITS) == {"h": 2, "g": 1, "f": 1}
    red = of("h", steps_taken(YELLOW_AND_RED_CARDS, week(3, UNITS), [week(1, UNITS), week(2, "habcdefg")]))
    assert (red.step.act, red.step.opens_case) == ("red_card", True)


def test_equal_scores_stand_at_the_bottom_together():
    tied = Published(UUID(int=1), "weekly/2026-W01", 1, "2026-W01", ranking({"a": 9, "b": 5, "c": 5, "d": 5}))
    assert [step.unit for step in steps_taken(TWO, tied, [])] == ["b", "c", "d"]


@pytest.mark.parametrize("scores", [{"a": 9}, {"a": 9, "b": 9}, {"a": 9, "b": None}, {}])
def test_nobody_is_at_the_bottom_whom_none_beat(scores: dict[str, int | None]):
    only = Published(UUID(int=1), "weekly/2026-W01", 1, "2026-W01", ranking(scores))
    assert steps_taken(TWO, only, []) == []


def test_a_rule_looks_at_the_ranking_it_names_else_at_the_first_of_units():
    weights = STANDARD.rankings[0].weights
    names: tuple[tuple[str, Literal["area", "unit"]], ...] = (("areas", "area"), ("units", "unit"), ("bureaus", "unit"))
    rankings = tuple(
        RankedBy(ranking_id=name, name=STANDARD.rankings[0].name, of=of_, weights=weights) for name, of_ in names
    )
    book = FormulaBook(formulas_id="x", version=1, formulas=STANDARD.formulas, rankings=rankings)
    published = [ranking({}, name) for name, _ in names]

    def looked_at(ranking_id: str | None) -> str | None:
        found = ranking_for(TWO.model_copy(update={"ranking_id": ranking_id}), published, book)
        return found.ranking_id if found else None

    assert looked_at(None) == "units"
    assert looked_at("bureaus") == "bureaus"
    assert looked_at("areas") is None
    assert looked_at("unheard-of") is None
