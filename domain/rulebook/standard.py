"""测评体系: the standard a campaign is measured by, a tree of indicators with thresholds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from domain.campaign.indicators import KNOWN_INDICATORS
from domain.rulebook.documents import Document, Identifier
from domain.text import Code, Text

MOST_LEVELS = 6
MOST_NODES = 5000
Bound = Annotated[Decimal, Field(max_digits=15, decimal_places=6)]
Weight = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=6)]


class StandardNode(Document):
    """A heading, what people assess, or an indicator with its threshold; ``unit`` leads on it.

    Shares are decimals, 0.95 is 95 %. Only what has nothing below it is measured by an indicator: a heading is
    judged by what stands below it.
    """

    code: Code
    name: Text
    indicator: Annotated[str, Field(min_length=1, max_length=63)] | None = None
    at_least: Bound | None = None
    at_most: Bound | None = None
    weight: Weight | None = None
    unit: Code | None = None
    children: Annotated[tuple["StandardNode", ...], Field(max_length=500)] = ()

    @field_validator("indicator")
    @classmethod
    def _somebody_computes_it(cls, indicator: str | None) -> str | None:
        if indicator is not None and indicator not in KNOWN_INDICATORS:
            raise ValueError(f"no such indicator: {indicator}; there are: {', '.join(sorted(KNOWN_INDICATORS))}")
        return indicator

    @model_validator(mode="after")
    def _an_indicator_has_one_bound_and_nothing_below(self) -> Self:
        bounds = sum(bound is not None for bound in (self.at_least, self.at_most))
        if self.indicator is None and bounds:
            raise ValueError("a threshold needs an indicator")
        if self.indicator is not None and bounds != 1:
            raise ValueError("an indicator has either at_least or at_most")
        if self.indicator is not None and self.children:
            raise ValueError("a node with others below it has no indicator")
        return self


class Standard(Document):
    """One version of the tree. Codes are unique in all of it: tasks name a node by its code."""

    standard_id: Identifier
    version: Annotated[int, Field(ge=1)]
    name: Text
    nodes: Annotated[tuple[StandardNode, ...], Field(min_length=1, max_length=500)]

    @property
    def ref(self) -> str:
        """The name events use, e.g. ``city@3``."""
        return f"{self.standard_id}@{self.version}"

    @model_validator(mode="after")
    def _is_a_tree_people_can_read(self) -> Self:
        codes: set[str] = set()
        doubled: set[str] = set()
        for node, level in self._walk():
            if level > MOST_LEVELS:
                raise ValueError(f"more than {MOST_LEVELS} levels, at: {node.code}")
            (doubled if node.code in codes else codes).add(node.code)
        if doubled:
            raise ValueError(f"nodes given twice: {', '.join(sorted(doubled))}")
        if len(codes) > MOST_NODES:
            raise ValueError(f"more than {MOST_NODES} nodes")
        return self

    def all_nodes(self) -> Iterator[StandardNode]:
        """Every node of the tree, each before those below it."""
        return (node for node, _ in self._walk())

    def has_node(self, code: str) -> bool:
        """Whether a node of the tree bears this code."""
        return any(node.code == code for node in self.all_nodes())

    def _walk(self) -> Iterator[tuple[StandardNode, int]]:
        waiting = [(node, 1) for node in reversed(self.nodes)]
        while waiting:
            node, level = waiting.pop()
            yield node, level
            waiting.extend((child, level + 1) for child in reversed(node.children))
