"""What a benchmark found about a promise, and how it is shown: one row of a Markdown table, one object of JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.comparison import figure


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number beside what it is compared with. ``target`` is what the product promises; details are raw figures.

    ``repeats`` are the single runs behind the number, where there are several.
    """

    name: str
    measured: float
    compared_with: float
    unit: str
    comparison: str
    target: str
    ratio: float
    reached: bool
    details: dict[str, object] = field(default_factory=dict[str, object])
    repeats: Sequence[float] = ()

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def table(measurements: Sequence[Measurement]) -> str:
    """Markdown, one row for each promise."""
    lines = [
        "| promise | measured | least – most of the repeats | compared with | ratio | target | reached |",
        "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| {each.name} | {figure(each.measured)} {each.unit} | {_spread(each)} "
        f"| {figure(each.compared_with)} {each.unit} ({each.comparison}) "
        f"| {each.ratio:.2f} | {each.target} | {'yes' if each.reached else 'no'} |"
        for each in measurements
    ]
    return "\n".join(lines)


def _spread(measurement: Measurement) -> str:
    if len(measurement.repeats) < 2:
        return "—"
    return f"{figure(min(measurement.repeats))} – {figure(max(measurement.repeats))}, {len(measurement.repeats)} times"
