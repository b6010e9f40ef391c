"""What several ways of doing the same thing came to, side by side: one row of the table of comparisons."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

Way = Literal["duban", "asyncpg", "eventsourcing", "dbos", "temporal"]
WAYS: Mapping[Way, str] = {
    "duban": "Duban",
    "asyncpg": "asyncpg alone",
    "eventsourcing": "eventsourcing",
    "dbos": "dbos",
    "temporal": "Temporal alone",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question put to every way that can answer it; ``found`` holds the repeats of each.

    ``note`` says what the others leave out, or why one is missing. ``better``: whether more or less of it is good.
    """

    key: str
    name: str
    unit: str
    better: Literal["more", "less"]
    found: Mapping[Way, Sequence[float]]
    note: str
    details: dict[str, object] = field(default_factory=dict[str, object])

    def as_dict(self) -> dict[str, object]:
        spread = {
            way: {"min": min(values), "median": statistics.median(values), "max": max(values), "repeats": len(values)}
            for way, values in self.found.items()
            if values
        }
        return {**asdict(self), "spread": spread}


def comparison_table(comparisons: Sequence[Comparison]) -> str:
    """Markdown: medians, with the least and the most of the repeats behind them; notes stand below."""
    lines = [
        f"| measured | {' | '.join(WAYS.values())} |",
        f"| --- |{' ---: |' * len(WAYS)}",
    ]
    lines += [
        f"| {each.name}, {each.unit} | {' | '.join(_cell(each.found.get(way, ())) for way in WAYS)} |"
        for each in comparisons
    ]
    notes = [f"- **{each.name}:** {each.note}" for each in comparisons if each.note]
    return "\n".join([*lines, "", *notes])


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "—"
    middle = figure(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({figure(min(values))} – {figure(max(values))})"


def figure(value: float) -> str:
    """As people write it: three digits that matter, and thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
