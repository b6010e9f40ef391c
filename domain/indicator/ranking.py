"""Ranks units or areas by weighted indicators; who had no cases has no rank."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.indicator.book import RankingRule
from domain.indicator.figures import Figure

_PLACES = Decimal("0.01")


class RankedLine(BaseModel):
    """A unit or area with its score of 100 and its rank; equal scores share a rank. Both None without any cases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    rank: Annotated[int, Field(ge=1)] | None = None
    score: Decimal | None = None
    figures: tuple[Figure, ...]


class Ranking(BaseModel):
    """A ranking as computed, best first, with the red and the black list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ranking_id: str
    lines: tuple[RankedLine, ...]
    red: tuple[str, ...]
    black: tuple[str, ...]


def rank(rule: RankingRule, figures: Mapping[str, Sequence[Figure]]) -> Ranking:
    """Rank by score. An indicator without cases is left out, and its weight counts for nothing."""
    scores = {code: _score(rule, found) for code, found in figures.items()}
    ranked = sorted(score for score in scores.values() if score is not None)
    lines = [
        RankedLine(
            code=code,
            score=score,
            rank=None if score is None else 1 + sum(other > score for other in ranked),
            figures=tuple(figures[code]),
        )
        for code, score in scores.items()
    ]
    lines.sort(key=lambda line: (line.rank is None, line.rank or 0, line.code))
    red = tuple(line.code for line in lines if line.rank is not None and line.rank <= rule.red)
    black = tuple(
        line.code
        for line in lines
        if line.score is not None and line.code not in red and sum(other < line.score for other in ranked) < rule.black
    )
    return Ranking(ranking_id=rule.ranking_id, lines=tuple(lines), red=red, black=black)


def _score(rule: RankingRule, figures: Sequence[Figure]) -> Decimal | None:
    values = {figure.code: figure.value for figure in figures}
    reached = possible = Decimal(0)
    for weight in rule.weights:
        value = values.get(weight.indicator)
        if value is not None:
            reached += weight.weight * (value if weight.better == "higher" else 1 - value)
            possible += weight.weight
    return (100 * reached / possible).quantize(_PLACES) if possible else None
