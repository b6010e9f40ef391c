"""Ranks are fair: by weighted shares, equal scores alike, and nobody ranked who had nothing to do."""

from decimal import Decimal
from typing import Any

from domain.indicator.book import RankingRule, Weight
from domain.indicator.figures import Figure, figure
from domain.indicator.ranking import Ranking, rank
from tests.domain.item_samples import text

DISPOSAL = Weight(indicator="disposal", weight=Decimal(3))
REWORK = Weight(indicator="rework", weight=Decimal(1), better="lower")


def rule(*weights: Weight, red: int = 1, black: int = 1) -> RankingRule:
    return RankingRule(ranking_id="units", name=text("排名"), of="unit", weights=weights, red=red, black=black)


def figures(disposal: tuple[int, int], rework: tuple[int, int] = (0, 0)) -> list[Figure]:
    return [figure("disposal", *disposal), figure("rework", *rework)]


def ranks(ranking: Ranking) -> list[tuple[str, Any]]:
    return [(line.code, line.rank) for line in ranking.lines]


def test_a_score_is_the_weighted_share_of_a_hundred():
    ranking = rank(rule(DISPOSAL, REWORK), {"a": figures((3, 4), (1, 2)), "b": figures((4, 4), (0, 2))})
    assert [(line.code, line.score) for line in ranking.lines] == [("b", Decimal("100.00")), ("a", Decimal("68.75"))]


def test_what_had_no_cases_does_not_weigh():
    ranking = rank(rule(DISPOSAL, REWORK), {"a": figures((3, 4)), "b": figures((0, 0), (1, 4))})
    assert [line.score for line in ranking.lines] == [Decimal("75.00"), Decimal("75.00")]


def test_equal_scores_share_a_rank_and_the_next_one_is_left_out():
    ranking = rank(
        rule(DISPOSAL), {"c": figures((1, 2)), "a": figures((1, 2)), "b": figures((2, 2)), "d": figures((0, 2))}
    )
    assert ranks(ranking) == [("b", 1), ("a", 2), ("c", 2), ("d", 4)]


def test_who_had_nothing_to_do_has_no_rank_and_stands_on_no_list():
    ranking = rank(rule(DISPOSAL), {"idle": figures((0, 0)), "a": figures((1, 2)), "b": figures((2, 2))})
    assert ranks(ranking) == [("b", 1), ("a", 2), ("idle", None)]
    assert (ranking.red, ranking.black) == (("b",), ("a",))


def test_nobody_stands_on_both_lists():
    alone = rank(rule(DISPOSAL, red=3, black=3), {"a": figures((1, 2)), "b": figures((2, 2))})
    assert (alone.red, alone.black) == (("b", "a"), ())


def test_equals_at_the_border_stand_on_the_list_together():
    found = {
        "a": figures((2, 2)),
        "b": figures((2, 2)),
        "c": figures((1, 2)),
        "d": figures((0, 2)),
        "e": figures((0, 2)),
    }
    ranking = rank(rule(DISPOSAL), found)
    assert (ranking.red, ranking.black) == (("a", "b"), ("d", "e"))


def test_nobody_to_rank_is_an_empty_ranking():
    assert rank(rule(DISPOSAL), {}) == Ranking(ranking_id="units", lines=(), red=(), black=())
