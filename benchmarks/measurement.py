"""What a benchmark found, and how it is shown: one row of a Markdown table, one object of JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number beside what it is compared with. ``target`` is what the product promises; details are raw figures."""

    name: str
    measured: float
    compared_with: float
    unit: str
    comparison: str
    target: str
    ratio: float
    reached: bool
    details: dict[str, object] = field(default_factory=dict[str, object])

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def table(measurements: Sequence[Measurement]) -> str:
    lines = [
        "| benchmark | measured | compared with | ratio | target | reached |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| {each.name} | {each.measured:,.0f} {each.unit} | {each.compared_with:,.0f} {each.unit} ({each.comparison}) "
        f"| {each.ratio:.2f} | {each.target} | {'yes' if each.reached else 'no'} |"
        for each in measurements
    ]
    return "\n".join(lines)
