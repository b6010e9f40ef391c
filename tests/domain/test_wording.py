"""Everything that people write into events is searchable, or it is said here why it is not."""

import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
import pytest
from pydantic import BaseModel
from typing_extensions import TypeAliasType

from domain.wording import WRITTEN, written_in
from tests.domain.test_golden_events import GOLDEN, KINDS, classes

Path = tuple[str, ...]
# Codes, ids, numbers, hashes and versions, of things and of people: what an event is about is found by these.
CODES = set(
    """
    about.filter.name about.filter.values area area.code area.owner area.parent area.sponsor
    assignment.order_number assignment.supporting assignment.unit bulletin by.lineage by.principal by.unit
    calendar_version campaign_id cause.bulletin cause.clock_id cause.earlier cause.number cause.period
    cause.ranking_id cause.score clock.calendar_version clock.clock_id clock.policy_version clock_id
    content.criticisms.number content.criticisms.unit content.figures.code content.formulas
    content.rankings.black content.rankings.lines.code content.rankings.lines.figures.code
    content.rankings.ranking_id content.rankings.red decided_by designation document.accountability.prefixes
    document.accountability.rankings.ranking_id document.calendar.timezone document.calendar.version
    document.calendar_id document.catalogue_id document.categories.code document.categories.lead_unit
    document.formulas.code document.formulas.denominator.minus document.formulas.denominator.plus
    document.formulas.numerator.minus document.formulas.numerator.plus document.formulas_id document.nodes.code
    document.nodes.indicator document.nodes.unit document.policy_id document.rankings.kinds
    document.rankings.ranking_id document.rankings.weights.indicator document.routing.area
    document.routing.category document.routing.supporting document.routing.unit document.standard_id
    documents.sha256 documents.template duplicate duties.duty_id duty_id evidence.sha256 evidence.uri
    following.phase_id grounds.acts grounds.bulletins host interviewed interviewer issue.area issue.category
    issue.evidence.sha256 issue.evidence.uri issue.source issue.source_id issued_by key_id milestone_id number
    number.text operation.to operation.unit owed.duty_id owed.indicator owed.leader owed.letter_id
    owed.milestones.milestone_id owed.phase_id owed.signatory owed.standard_node owed.supporting owed.task_id
    owner passed_over person_id persons phase_id plan.areas plan.calendar_id plan.campaign_id plan.catalogue_id
    plan.leading_group plan.office plan.phases.duties.duty_id plan.phases.duties.owed_by
    plan.phases.duties.rrule plan.phases.gate.conditions.indicator plan.phases.phase_id plan.phases.policy_id
    plan.phases.targets.designation plan.phases.targets.target_id plan.standard_id plan.units
    plan.working_groups policy_id policy_version principal_id quantities.kind reached refusals results.indicator
    reviewed_by selection.areas selection.campaign_id selection.categories selection.units serves.principal
    serves.unit sha256 standing.area standing.sources standing.unit terms.name types unit unit.code unit.head
    unit.parent window.phase_id windows.phase_id
    """.split()  # noqa: SIM905 - one to a line would be long
)
# What things are called, which is found by the thing; and words of forms, of which everything is made alike.
NAMES = set(
    """
    area.name.en area.name.zh content.period.label document.calendar.name document.categories.checklist.en
    document.categories.checklist.zh document.categories.name.en document.categories.name.zh
    document.formulas.name.en document.formulas.name.zh document.name.en document.name.zh document.nodes.name.en
    document.nodes.name.zh document.rankings.name.en document.rankings.name.zh name owed.quantities.en
    owed.quantities.zh plan.name.en plan.name.zh plan.phases.duties.name.en plan.phases.duties.name.zh
    plan.phases.duties.quantities.en plan.phases.duties.quantities.zh plan.phases.name.en plan.phases.name.zh
    plan.phases.targets.name.en plan.phases.targets.name.zh terms.value unit.name.en unit.name.zh
    """.split()  # noqa: SIM905 - one to a line would be long
)
# What programs say of what was done and asked, in the access log, which has filters of its own, and of deliveries.
MACHINES = set(
    """
    answer_sha256 arguments code content error ids key key_prefix object operation origin platform_code question
    recipient
    """.split()  # noqa: SIM905 - one to a line would be long
)


def texts(kind: Any, path: Path = (), within: frozenset[Any] = frozenset()) -> Iterator[Path]:
    """The ways to all texts that somebody could have chosen freely; lists are walked through."""
    if isinstance(kind, TypeAliasType):
        yield from texts(kind.__value__, path, within)
    elif kind is str:
        yield path
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind in within:
            return
        for name, field in kind.model_fields.items():
            yield from texts(field.annotation, (*path, name), within | {kind})
    elif get_origin(kind) is Annotated:
        yield from texts(get_args(kind)[0], path, within)
    elif get_origin(kind) in {Union, types.UnionType, tuple, list, set, frozenset, dict, Mapping}:
        for part in get_args(kind):
            yield from texts(part, path, within)
    elif get_origin(kind) is not None or (
        isinstance(kind, type) and issubclass(kind, str) and not issubclass(kind, Enum)
    ):
        assert get_origin(kind) in {Literal, type}, f"what can {kind} hold?"


FOUND = {way for _, union in KINDS.values() for each in classes(union) for way in texts(each)}


def test_every_text_in_an_event_is_searchable_or_said_not_to_be():
    ways = {".".join(way) for way in FOUND}
    searchable = {".".join(way) for way in WRITTEN}
    assert ways == searchable | CODES | NAMES | MACHINES
    assert len(ways) == len(searchable) + len(CODES) + len(NAMES) + len(MACHINES)


def put(path: Path, text: str) -> Any:
    return text if not path else {path[0]: [{"other": "x"}, put(path[1:], text)]}


@pytest.mark.parametrize("path", WRITTEN, ids=".".join)
def test_what_was_written_is_found_in_lists_and_out_of_them(path: Path):
    assert written_in(put(path, "积水")) == "积水"
    assert "积水" not in written_in({"elsewhere": put(path, "积水")})


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("item/item.commented.v1", "text"),
        ("case/case.statement_submitted.v1", "statement"),
        ("case/case.finding_recorded.v1", "finding"),
    ],
)
def test_comments_statements_and_findings_are_found_in_stored_events(example: str, said: str):
    event = orjson.loads((GOLDEN / f"{example}.json").read_bytes())
    assert event[said] in written_in(event).split("\n")


@pytest.mark.parametrize("content", [None, "text", 5, [], {"reason": None}, {"reason": 5}, {"evidence": "text"}])
def test_what_has_no_such_text_says_nothing(content: Any):
    assert written_in(content) == ""
