"""Formulas count what can be counted, and are refused with the place and the reason where they cannot."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.errors import Forbidden
from domain.indicator.book import Cases, FormulaBook
from domain.indicator.commands import PublishFormulas
from domain.indicator.decisions import UnknownFormulas, decide, evolve, formulas
from domain.indicator.events import FormulasPublished
from domain.indicator.figures import figure
from domain.indicator.sets import SETS
from domain.indicator.standard import STANDARD
from domain.rulebook.decisions import VersionOutOfOrder
from domain.rulebook.rulebook import Rulebook
from tests.domain.clocks import november
from tests.domain.item_samples import ADMINISTRATOR, HANDLER, OFFICE

NAME = {"zh": "指标", "en": "Indicator"}
SHARE = {
    "code": "on_time",
    "name": NAME,
    "numerator": {"plus": ["rectify_on_time"]},
    "denominator": {"plus": ["rectify_due"], "minus": ["suspended"]},
}


def book(version: int = 2, **changes: Any) -> dict[str, Any]:
    return {"formulas_id": "standard", "version": version, "formulas": [SHARE], **changes}


def ranking(*weights: dict[str, Any]) -> dict[str, Any]:
    return {"ranking_id": "units", "name": NAME, "of": "unit", "weights": list(weights)}


def faults(document: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        FormulaBook.model_validate(document)
    return {("/".join(map(str, fault["loc"])), fault["type"]) for fault in refused.value.errors()}


def with_share(**changes: Any) -> dict[str, Any]:
    return book(formulas=[{**SHARE, **changes}])


def test_the_standard_book_covers_every_indicator_of_the_field():
    assert {formula.code for formula in STANDARD.formulas} == {
        "on_time_acceptance",
        "disposal",
        "on_time_disposal",
        "closure",
        "on_time_closure",
        "rework",
        "overdue_waiting",
        "extension",
        "accurate_dispatch",
        "on_time_check",
        "valid_report",
        "recurrence",
        "open_items",
        "open_items_above_supervision",
    }
    assert FormulaBook.model_validate_json(STANDARD.model_dump_json()) == STANDARD


def test_every_set_says_what_contains_it_by_names_that_exist():
    assert {wider for each in SETS.values() for wider in each.within} <= SETS.keys()
    assert all(SETS[wider].grain == each.grain for each in SETS.values() for wider in each.within)


@pytest.mark.parametrize("side", ["numerator", "denominator"])
@pytest.mark.parametrize("sign", ["plus", "minus"])
def test_an_unknown_set_is_refused_where_it_stands(side: str, sign: str):
    cases = {"plus": ["rectify_due"], "minus": [], sign: ["suspended" if sign == "minus" else "rectify_due", "lost"]}
    assert (f"formulas/0/{side}/{sign}/1", "unknown_set") in faults(with_share(**{side: cases}))


@pytest.mark.parametrize(
    "denominator",
    [
        None,
        {"plus": []},
        {"plus": ["rectify_due"], "minus": ["rectify_due"]},
        {"plus": ["rectify_on_time", "rectify_waiting"], "minus": ["rectify_due"]},
    ],
)
def test_a_formula_that_divides_by_nothing_is_refused_where_it_divides(denominator: Any):
    assert faults(with_share(denominator=denominator)) == {("formulas/0/denominator", "divides_by_nothing")}


def test_a_share_without_a_word_about_its_denominator_divides_by_nothing():
    formula = {name: value for name, value in SHARE.items() if name != "denominator"}
    assert faults(book(formulas=[formula])) == {("formulas/0/denominator", "divides_by_nothing")}


def test_what_never_counts_anything_is_refused():
    nothing = {"plus": ["rectify_on_time"], "minus": ["rectify_done"]}
    assert faults(with_share(numerator=nothing)) == {("formulas/0/numerator", "counts_nothing")}


def test_a_count_has_no_denominator():
    count = {"code": "open_items", "name": NAME, "kind": "count", "numerator": {"plus": ["open"]}}
    assert FormulaBook.model_validate(book(formulas=[count])).formulas[0].denominator is None
    assert faults(book(formulas=[{**count, "denominator": {"plus": ["reported"]}}])) == {
        ("formulas/0/denominator", "count_has_no_denominator")
    }


@pytest.mark.parametrize(
    "cases",
    [
        {"plus": ["rectify_due", "accept_due"]},
        {"plus": ["rectify_due", "open"]},
        {"plus": ["rectify_due"], "minus": ["accept_due"]},
        {"plus": ["open"], "minus": ["rectify_due"]},
        {"plus": ["dispatched"], "minus": ["dispatch_due"]},
    ],
)
def test_sets_of_different_things_do_not_add_up(cases: dict[str, Any]):
    assert faults(with_share(denominator=cases)) == {("formulas/0/denominator", "sets_not_comparable")}


def test_items_can_be_subtracted_from_everything():
    assert Cases(plus=("rectify_due",), minus=("suspended", "rectify_excused")).grain == "rectify"
    assert Cases(plus=("dispatched",), minus=("voided",)).grain == "assignment"


def test_a_code_stands_once():
    assert faults(book(formulas=[SHARE, SHARE])) == {("formulas", "given_twice")}


@pytest.mark.parametrize(
    ("weights", "kind"),
    [
        ([{"indicator": "lost", "weight": 1}], "unknown_indicator"),
        ([{"indicator": "on_time", "weight": 1}, {"indicator": "on_time", "weight": 2}], "given_twice"),
        ([{"indicator": "open_items", "weight": 1}], "not_a_share"),
    ],
)
def test_a_ranking_weighs_shares_of_its_own_book(weights: list[dict[str, Any]], kind: str):
    count = {"code": "open_items", "name": NAME, "kind": "count", "numerator": {"plus": ["open"]}}
    assert faults(book(formulas=[SHARE, count], rankings=[ranking(*weights)])) == {("rankings", kind)}


def test_an_unknown_weight_says_its_place():
    weights = ({"indicator": "on_time", "weight": 1}, {"indicator": "lost", "weight": 1})
    with pytest.raises(ValidationError) as refused:
        FormulaBook.model_validate(book(rankings=[ranking(*weights)]))
    [fault] = refused.value.errors()
    assert fault["ctx"] == {"place": "rankings/0/weights/1/indicator", "indicator": "lost"}


@pytest.mark.parametrize("weight", [0, -1, 1001])
def test_a_weight_is_a_reasonable_amount(weight: int):
    weights = ({"indicator": "on_time", "weight": weight},)
    assert {place for place, _ in faults(book(rankings=[ranking(*weights)]))} == {"rankings/0/weights/0/weight"}


def publish(version: int, actor: Any = OFFICE, formulas_id: str = "standard") -> PublishFormulas:
    document = FormulaBook.model_validate(book(version, formulas_id=formulas_id))
    return PublishFormulas(command_id="1", at=november(16, 9), actor=actor, document=document)


def published(*versions: int) -> Rulebook:
    books = [FormulaBook.model_validate(book(version)) for version in versions]
    return Rulebook(formula_books={each.ref: each for each in books})


@pytest.mark.parametrize("actor", [OFFICE, ADMINISTRATOR])
def test_the_office_publishes_version_2_over_the_standard(actor: Any):
    [event] = decide(publish(2, actor), None, Rulebook())
    assert isinstance(event, FormulasPublished)
    assert evolve(None, event).ref == "standard@2"


def test_nobody_else_publishes_formulas():
    with pytest.raises(Forbidden):
        decide(publish(2, HANDLER), None, Rulebook())


@pytest.mark.parametrize(("version", "before"), [(1, ()), (3, ()), (2, (2,)), (4, (2,))])
def test_versions_follow_each_other(version: int, before: tuple[int, ...]):
    with pytest.raises(VersionOutOfOrder):
        decide(publish(version), None, published(*before))


def test_a_version_stands_as_it_was_published():
    with pytest.raises(VersionOutOfOrder):
        decide(publish(2), FormulaBook.model_validate(book(2)), Rulebook())


def test_formulas_of_another_name_begin_with_version_1():
    assert decide(publish(1, formulas_id="trial"), None, Rulebook())


def test_without_a_version_the_newest_is_meant():
    assert formulas(Rulebook(), None) == STANDARD
    assert formulas(published(2, 3), None).version == 3
    assert formulas(published(2, 3), "standard@2").version == 2
    assert formulas(published(2, 3), "standard@1") == STANDARD
    with pytest.raises(UnknownFormulas):
        formulas(published(2), "standard@3")


def test_no_cases_are_neither_nothing_nor_everything():
    assert figure("x", 0, 0).value is None
    assert figure("x", 0, 3).value == 0
    assert figure("x", 2, 3).value == Decimal("0.666667")
    assert figure("x", 7, None).value == 7
