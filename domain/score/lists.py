"""Ranks units by their points, and makes the red list 红榜 and the black list 黑榜 of them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lists:
    """The rank of every unit, and both lists, best and worst first."""

    ranks: Mapping[str, int]
    red: tuple[str, ...]
    black: tuple[str, ...]


def lists(points: Mapping[str, int], *, red: int, black: int) -> Lists:
    """Rank by points, most first; equal points share a rank.

    Red: the ranks up to ``red``. Black: units that fewer than ``black`` others are below, of those that had
    points taken; never one that stands on the red list.
    """
    ranks = {unit: 1 + sum(other > own for other in points.values()) for unit, own in points.items()}
    best = sorted(ranks, key=lambda unit: (ranks[unit], unit))
    top = tuple(unit for unit in best if ranks[unit] <= red)
    bottom = tuple(
        unit
        for unit in sorted(points, key=lambda unit: (points[unit], unit))
        if points[unit] < 0 and unit not in top and sum(other < points[unit] for other in points.values()) < black
    )
    return Lists(ranks, top, bottom)
