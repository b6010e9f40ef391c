"""What a run found, as JSON that is kept, and as the tables that stand in the READMEs between their markers."""

import json
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import WAYS, Comparison, Way, comparison_table, figure
from benchmarks.measurement import Measurement, table

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
# One line for each figure that the READMEs show: the comparison's key, and its name in two languages.
FIGURES = {
    "intake_single": ("issue events taken in one by one", "逐条接收问题事件"),
    "intake_batched": ("… in batches of 500", "……每批 500 条"),
    "command_median": ("a command beside running intake, median", "接收不停时一条命令的时延，中位数"),
    "command_99": ("… 99 %", "……99 %"),
    "firing_rate": ("deadlines acted upon when three thousand are due at once", "三千个时限同时到期，每秒处理"),
    "firing_median": ("… their lag, median", "……处理延迟，中位数"),
    "firing_99": ("… 99 %", "……99 %"),
    "firing_many_median": ("… ten thousand of them, median", "……一万个，中位数"),
    "waiting_start": ("items put under watch", "纳入时限监视的事项"),
}
_HEADS = {"en": ("measured", "Duban", "instead"), "zh": ("测量项", "督办", "替代做法")}
_LANGUAGES = {"README.md": "en", "README.zh-CN.md": "zh"}


def as_result(
    promises: Sequence[Measurement], comparisons: Sequence[Comparison], about: Mapping[str, object]
) -> dict[str, Any]:
    """The JSON of a run; ``about`` says when, where and with what."""
    return {
        **about,
        "promises": [each.as_dict() for each in promises],
        "comparisons": [each.as_dict() for each in comparisons],
    }


def as_markdown(result: Mapping[str, Any]) -> str:
    """The run in words and tables, from its JSON."""
    machine, versions = result["machine"], result["versions"]
    promises = [Measurement(**each) for each in result["promises"]]
    comparisons = _comparisons(result)
    failed = [f"**{name} failed:** {reason}" for name, reason in result["failed"].items()]
    about = (
        f"Run of {result['at'][:16].replace('T', ' ')} UTC, {result['seconds'] / 60:.1f} minutes. "
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gigabytes']} GB, {machine['kernel']}; "
        f"load before the run {machine['load_before']}. "
        f"{', '.join(f'{name} {version}' for name, version in versions.items())}."
    )
    sizes = ", ".join(f"`{name}={value}`" for name, value in result.get("sizes", {}).items())
    parts = [
        about,
        f"**Not the whole size:** {sizes}." if sizes else "",
        *failed,
        comparison_table(comparisons) if comparisons else "",
        table(promises) if promises else "",
    ]
    return "\n\n".join(part for part in parts if part)


def as_figures(result: Mapping[str, Any], language: str) -> str:
    """The few figures that the product's own README shows, each from the same run."""
    column = ("en", "zh").index(language)
    lines = [f"| {' | '.join(_HEADS[language])} |", "| --- | ---: | ---: |"]
    for each in _comparisons(result):
        if each.key in FIGURES:
            middle: dict[Way, str] = {way: figure(statistics.median(values)) for way, values in each.found.items()}
            others = ", ".join(f"{WAYS[way]} {value}" for way, value in middle.items() if way != "duban")
            lines.append(f"| {FIGURES[each.key][column]} | {middle['duban']} {each.unit} | {others} |")
    return "\n".join(lines)


def write(result: Mapping[str, Any], command: str) -> None:
    """Keep a whole run of a command, and put its tables where they stand."""
    (FOLDER / f"{command}.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    put(FOLDER / "README.md", f"make {command}", as_markdown(result))
    if command == "bench":
        for name, language in _LANGUAGES.items():
            put(ROOT / name, "figures", as_figures(result, language))


def put(path: Path, name: str, content: str) -> None:
    """Replace what stands between the markers of a name; a file without them is left as it is."""
    text = path.read_text("utf-8")
    path.write_text(_between(name).sub(lambda found: f"{found[1]}\n{content}\n{found[3]}", text), "utf-8")


def standing(path: Path, name: str) -> str | None:
    """What stands between the markers of a name."""
    found = _between(name).search(path.read_text("utf-8"))
    return found[2].strip() if found else None


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- begin: {re.escape(name)} -->)(.*?)(<!-- end: {re.escape(name)} -->)", re.DOTALL)


def _comparisons(result: Mapping[str, Any]) -> list[Comparison]:
    return [Comparison(**{k: v for k, v in each.items() if k != "spread"}) for each in result["comparisons"]]
