"""测评体系: what makes a tree of indicators one that people can be measured by."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.campaign.indicators import KNOWN_INDICATORS
from domain.rulebook.standard import MOST_LEVELS, Standard, StandardNode
from tests.domain.item_samples import text

IN_TIME = {"indicator": "on_time_closure", "at_least": Decimal("0.95")}


def node(code: str, *children: StandardNode, **more: Any) -> StandardNode:
    return StandardNode(code=code, name=text(code), children=children, **more)


def standard(*nodes: StandardNode) -> Standard:
    return Standard(standard_id="city", version=1, name=text("测评体系"), nodes=nodes)


def chain(levels: int) -> StandardNode:
    found = node(f"level-{levels}")
    for level in range(levels - 1, 0, -1):
        found = node(f"level-{level}", found)
    return found


def test_a_tree_is_read_from_the_top_and_each_heading_before_what_stands_below():
    tree = standard(node("1", node("1.1", **IN_TIME), node("1.2")), node("2"))
    assert [each.code for each in tree.all_nodes()] == ["1", "1.1", "1.2", "2"]
    assert tree.has_node("1.2")
    assert not tree.has_node("1.3")


def test_a_standard_comes_back_from_storage_as_it_was():
    tree = standard(node("1", node("1.1", weight=Decimal(40), unit="sanitation", **IN_TIME)))
    assert Standard.model_validate_json(tree.model_dump_json()) == tree


@pytest.mark.parametrize("indicator", sorted(KNOWN_INDICATORS))
def test_every_indicator_a_gate_knows_can_stand_in_a_standard(indicator):
    assert node("1", indicator=indicator, at_most=Decimal(0)).indicator == indicator


@pytest.mark.parametrize(
    "fault",
    [
        {"indicator": "happiness", "at_least": 1},
        {"indicator": "closure"},
        {"indicator": "closure", "at_least": 1, "at_most": 1},
        {"at_least": 1},
        {"at_most": 1},
        {"indicator": "closure", "at_least": "NaN"},
        {"weight": -1},
        {"code": "1/2"},
        {"colour": "red"},
        {"children": (node("1.1"),), **IN_TIME},
    ],
)
def test_a_node_that_measures_nothing_or_twice_is_refused(fault):
    with pytest.raises(ValidationError):
        StandardNode.model_validate({"code": "1", "name": text("环境卫生"), **fault})


def test_a_code_stands_once_in_all_of_the_tree():
    with pytest.raises(ValidationError):
        standard(node("1", node("2")), node("2"))


def test_a_tree_is_as_deep_as_people_can_follow():
    assert standard(chain(MOST_LEVELS))
    with pytest.raises(ValidationError):
        standard(chain(MOST_LEVELS + 1))


def test_an_empty_standard_is_none():
    with pytest.raises(ValidationError):
        standard()
