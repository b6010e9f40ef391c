"""Just enough of Prometheus to try our own rules: expressions over two scrapes, one before and one now."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

DEPLOY = Path(__file__).parents[2] / "deploy"
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![a-zA-Z])|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<text>\"[^\"]*\")"
    r"|(?P<range>\[\w+\])|(?P<sign>==|!=|=~|!~|<=|>=|[-+*/<>={}(),]))"
)
FUNCTIONS = {"increase", "delta", "rate", "histogram_quantile", "absent", "abs", "time"}
AGGREGATIONS = {"max", "min", "sum", "by", "le"}
Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]


def scraped(text: bytes | str, **labels: str) -> dict[tuple[str, Labels], float]:
    """What a scrape of a text says, with the labels of its target."""
    text = text.decode() if isinstance(text, bytes) else text
    return {
        (sample.name, frozenset({**sample.labels, **labels}.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@dataclass
class Scrapes:
    """Two scrapes, and the instant of the second as Prometheus's `time()`."""

    before: Mapping[tuple[str, Labels], float]
    now: Mapping[tuple[str, Labels], float]
    time: float = 0.0

    def fires(self, expression: str) -> list[dict[str, str]]:
        """For which labels a comparison holds."""
        if selector := re.fullmatch(r"absent\((.+)\)", expression):
            return [] if _Reader(selector[1], self).selected() else [{}]
        reader = _Reader(expression, self)
        return [dict(labels) for labels, holds in reader.comparison().items() if holds]


@cache
def rules() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    return {rule["alert"]: rule for group in document["groups"] for rule in group["rules"]}


def names_in(expression: str) -> set[str]:
    """The metrics that an expression names; labels and functions are left out."""
    bare = re.sub(r"\{[^}]*\}|\bby \([^)]*\)|\[\w+\]|\"[^\"]*\"", " ", expression)
    return {name for name in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", bare) if name not in FUNCTIONS | AGGREGATIONS}


def fires(name: str, before: Any, now: Any, at: float = 0.0) -> list[dict[str, str]]:
    """For which labels an alert of ours fires, by its rule as it is shipped."""
    return Scrapes(before, now, at).fires(rules()[name]["expr"])


class _Reader:
    """A recursive descent over one expression."""

    def __init__(self, expression: str, scrapes: Scrapes) -> None:
        self._tokens: list[str] = []
        self._scrapes = scrapes
        at = 0
        while at < len(expression.rstrip()):
            found = _TOKEN.match(expression, at)
            assert found, expression[at:]
            self._tokens.append(found[0].strip())
            at = found.end()

    def selected(self) -> Vector:
        return _selected(self._scrapes.now, *self._selector(self._take()))

    def comparison(self) -> dict[Labels, bool]:
        left, sign, right = self._sum(), self._take(), float(self._take())
        assert not self._tokens, self._tokens
        holds: dict[str, Callable[[float], bool]] = {
            "==": lambda value: value == right,
            ">": lambda value: value > right,
            "<": lambda value: value < right,
        }
        return {labels: holds[sign](value) for labels, value in left.items()}

    def _take(self, wanted: str | None = None) -> str:
        token = self._tokens.pop(0)
        assert wanted in {None, token}, f"{wanted} wanted, {token} found"
        return token

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _sum(self) -> Vector:
        left = self._term()
        while self._next() in {"/", "-"}:
            sign, right = self._take(), self._term()
            left = {
                labels: (value / other if sign == "/" else value - other)
                for labels, value in left.items()
                for others, other in right.items()
                if labels == others and not (sign == "/" and other == 0)
            }
        return left

    def _term(self) -> Vector:
        name = self._take()
        if name in {"max", "min", "sum"}:
            kept = self._grouping()
            self._take("(")
            inner = self._sum()
            self._take(")")
            groups: defaultdict[Labels, list[float]] = defaultdict(list)
            for labels, value in inner.items():
                groups[frozenset(pair for pair in labels if pair[0] in kept)].append(value)
            return {labels: {"max": max, "min": min, "sum": sum}[name](values) for labels, values in groups.items()}
        if name == "time":
            self._take("(")
            self._take(")")
            return {frozenset(): self._scrapes.time}
        if name in {"increase", "delta", "abs"}:
            self._take("(")
            metric, matchers = self._selector(self._take())
            now = _selected(self._scrapes.now, metric, matchers)
            if name != "abs":
                assert self._take().startswith("[")
            self._take(")")
            if name == "abs":
                return {labels: abs(value) for labels, value in now.items()}
            # As Prometheus does: what was not there before has not increased.
            before = _selected(self._scrapes.before, metric, matchers)
            return {labels: value - before[labels] for labels, value in now.items() if labels in before}
        metric, matchers = self._selector(name)
        return _selected(self._scrapes.now, metric, matchers)

    def _grouping(self) -> set[str]:
        kept: set[str] = set()
        if self._next() == "by":
            self._take()
            self._take("(")
            while (token := self._take()) != ")":
                kept |= {token} - {","}
        return kept

    def _selector(self, metric: str) -> tuple[str, list[tuple[str, str, str]]]:
        matchers: list[tuple[str, str, str]] = []
        if self._next() == "{":
            self._take()
            while self._next() != "}":
                matchers.append((self._take(), self._take(), self._take().strip('"')))
                if self._next() == ",":
                    self._take()
            self._take("}")
        return metric, matchers


def _selected(scrape: Mapping[tuple[str, Labels], float], metric: str, matchers: list[tuple[str, str, str]]) -> Vector:
    def fits(labels: Labels) -> bool:
        given = dict(labels)
        for name, sign, wanted in matchers:
            same = bool(re.fullmatch(wanted, given.get(name, ""))) if "~" in sign else given.get(name, "") == wanted
            if same == sign.startswith("!"):
                return False
        return True

    return {labels: value for (name, labels), value in scrape.items() if name == metric and fits(labels)}
