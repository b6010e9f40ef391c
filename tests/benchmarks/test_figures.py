"""Every figure about speed that a README shows comes from the run that was kept."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.comparison import Comparison
from benchmarks.measurement import Measurement
from benchmarks.report import FIGURES, as_figures, as_markdown, as_result, put, standing

ROOT = Path(__file__).parents[2]
LANGUAGES = {"README.md": "en", "README.zh-CN.md": "zh"}
LONGEST_SECONDS = 15 * 60
SPEED = re.compile(r"\d[\d,.]*\s*(?:/s\b|ms\b|MB\b|items/s|events/s|(?:events|items|commands) a second|条/秒|毫秒)")
A_COMPARISON = Comparison(
    key="intake_single",
    name="issue events",
    unit="/s",
    better="more",
    found={"duban": [2600.0, 2500.0, 2700.0], "asyncpg": [6500.0]},
    note="One row.",
)
A_PROMISE = Measurement(
    name="a promise",
    measured=3.0,
    compared_with=4.0,
    unit="s",
    comparison="the promise",
    target="< 1",
    ratio=0.75,
    reached=True,
    repeats=(2.0, 3.0, 4.0),
)
ABOUT: Mapping[str, object] = {
    "at": "2026-11-22T09:00:00+00:00",
    "seconds": 840.0,
    "machine": {"processor": "p", "cores": 2, "memory_gigabytes": 8, "kernel": "k", "load_before": 0.1},
    "versions": {"Python": "3.11"},
    "failed": {},
}


def kept(command: str) -> dict[str, Any] | None:
    """The run that is kept; none before anybody kept one, and then no table may show a figure either."""
    path = ROOT / "benchmarks" / f"{command}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


@pytest.mark.parametrize("command", ["bench", "bench-long"])
def test_the_tables_say_what_the_run_that_was_kept_found_and_nothing_where_none_is(command: str) -> None:
    result = kept(command)
    said = "" if result is None else as_markdown(result)
    assert standing(ROOT / "benchmarks" / "README.md", f"make {command}") == said


@pytest.mark.parametrize(("name", "language"), LANGUAGES.items())
def test_the_readme_shows_the_figures_of_that_run_and_nothing_where_none_is(name: str, language: str) -> None:
    result = kept("bench")
    said = "" if result is None else as_figures(result, language)
    assert standing(ROOT / name, "figures") == said


@pytest.mark.parametrize("command", ["bench", "bench-long"])
def test_a_run_that_is_kept_is_whole_and_every_way_has_its_repeats(command: str) -> None:
    result = kept(command)
    if result is None:  # nothing is kept: the two tests above see to it that nothing is shown either
        return
    assert not result["failed"]
    assert all(values for each in result["comparisons"] for values in each["found"].values())


def test_the_run_that_is_kept_took_under_fifteen_minutes_and_has_every_figure_of_the_readme() -> None:
    result = kept("bench")
    if result is None:  # as above
        return
    assert result["seconds"] < LONGEST_SECONDS
    assert set(FIGURES) <= {each["key"] for each in result["comparisons"]}


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_other_figure_about_speed_stands_in_the_readme(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    outside = re.sub(r"<!-- begin: figures -->.*?<!-- end: figures -->", "", text, flags=re.DOTALL)
    assert SPEED.findall(outside) == []


def test_a_run_reads_the_same_from_its_json() -> None:
    result = as_result([A_PROMISE], [A_COMPARISON], ABOUT)
    assert as_markdown(json.loads(json.dumps(result))) == as_markdown(result)
    assert "2,600 (2,500 – 2,700)" in as_markdown(result)
    assert "2.00 – 4.00, 3 times" in as_markdown(result)


def test_figures_come_in_both_languages() -> None:
    result = as_result([], [A_COMPARISON], ABOUT)
    for language, words in zip(("en", "zh"), FIGURES["intake_single"], strict=True):
        assert f"| {words} | 2,600 /s | asyncpg alone 6,500 |" in as_figures(result, language)


def test_a_run_that_was_made_smaller_says_so() -> None:
    assert "`BENCH_EVENTS=5000`" in as_markdown(
        as_result([], [A_COMPARISON], {**ABOUT, "sizes": {"BENCH_EVENTS": "5000"}})
    )


def test_tables_replace_what_stood_between_their_markers_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- begin: a -->\nold\n<!-- end: a -->\nafter\n", "utf-8")
    put(page, "a", r"new \1")
    assert page.read_text("utf-8") == "before\n<!-- begin: a -->\nnew \\1\n<!-- end: a -->\nafter\n"
    assert standing(page, "b") is None
