"""What places at the bottom of a bulletin's ranking lead to: which step of a rule each unit takes, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accountability.rules import RankingRule, RankingStep
from domain.accountability.values import RankingCause
from domain.errors import Rejection
from domain.indicator.book import FormulaBook
from domain.indicator.ranking import RankedLine, Ranking


class AlreadyAccused(Rejection):
    """An earlier place at the bottom of this ranking has led to a case against the unit that is not over."""

    code = "already_accused"


@dataclass(frozen=True, slots=True)
class Published:
    """One ranking as a bulletin published it. ``bulletin`` is the bulletin's number, ``period`` its label."""

    bulletin_id: UUID
    bulletin: str
    edition: int
    period: str
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class StepTaken:
    """The step that a unit takes, with the ranking, and those before it, that it follows from."""

    unit: str
    step: RankingStep
    cause: RankingCause


def ranking_for(rule: RankingRule, rankings: Sequence[Ranking], book: FormulaBook) -> Ranking | None:
    """The ranking of units that a rule looks at: the one it names, else the bulletin's first; None without one."""
    of_units = {each.ranking_id for each in book.rankings if each.of == "unit"}
    wanted = of_units if rule.ranking_id is None else of_units & {rule.ranking_id}
    return next((ranking for ranking in rankings if ranking.ranking_id in wanted), None)


def steps_taken(rule: RankingRule, newest: Published, earlier: Sequence[Published]) -> list[StepTaken]:
    """The steps of the units at the bottom of the newest ranking, last unit first.

    ``earlier``: the same ranking in the bulletins before it, oldest first. A week without a bulletin breaks no row; a
    bulletin in which the unit stood higher, or had no cases, does. After the last step the count begins anew.
    """
    before = [(published, _codes(published.ranking, rule.bottom)) for published in earlier]
    return [_step(rule, newest, line, before) for line in _at_the_bottom(newest.ranking, rule.bottom)]


def _step(
    rule: RankingRule, newest: Published, line: RankedLine, before: Sequence[tuple[Published, frozenset[str]]]
) -> StepTaken:
    counted = list(_counted(rule, line.code, before))
    place = len(counted) % len(rule.steps)
    cause = RankingCause(
        bulletin_id=newest.bulletin_id,
        bulletin=newest.bulletin,
        edition=newest.edition,
        ranking_id=newest.ranking.ranking_id,
        period=newest.period,
        rank=line.rank or 0,
        score=str(line.score),
        times=place + 1,
        # Those of this round only: what was counted before it has had its consequences.
        earlier=tuple(published.bulletin for published in counted[len(counted) - place :]),
    )
    return StepTaken(line.code, rule.steps[place], cause)


def _counted(rule: RankingRule, unit: str, before: Sequence[tuple[Published, frozenset[str]]]) -> Iterator[Published]:
    """The earlier bulletins that count for a unit, oldest first."""
    first = 0
    if rule.counted == "in_a_row":
        first = 1 + max((index for index, (_, bottom) in enumerate(before) if unit not in bottom), default=-1)
    return (published for published, bottom in before[first:] if unit in bottom)


def _codes(ranking: Ranking, bottom: int) -> frozenset[str]:
    return frozenset(line.code for line in _at_the_bottom(ranking, bottom))


def _at_the_bottom(ranking: Ranking, bottom: int) -> list[RankedLine]:
    """Fewer than ``bottom`` units scored less, as on the black list 黑榜; whom nobody beat is not at the bottom."""
    scores = [line.score for line in ranking.lines if line.score is not None]
    found = [
        line
        for line in ranking.lines
        if line.score is not None and line.rank != 1 and sum(1 for other in scores if other < line.score) < bottom
    ]
    return sorted(found, key=lambda line: (-(line.rank or 0), line.code))
