"""City files: what they say, and where they are wrong."""

from pathlib import Path

import pytest

from domain.accountability.rules import BOTTOM_OF_THE_WEEK, YELLOW_AND_RED_CARDS, Series
from domain.clock import ClockKind
from domain.ladder import STANDARD_LADDER, Rung, Severity
from domain.limits import Limit, LimitKind
from services.city.city_file import policy_at, read_city
from services.marked_yaml import UnusableDocumentError
from tests.services.city_samples import CITY, city_file


def wrong_lines(folder: Path, text: str) -> list[int]:
    with pytest.raises(UnusableDocumentError) as caught:
        read_city(city_file(folder, text))
    return [problem.line for problem in caught.value.problems]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_nesting_says_who_belongs_to_whom(tmp_path):
    city = read_city(city_file(tmp_path))
    assert [(unit.code, unit.parent) for unit, _ in city.all_units()] == [
        ("office", None),
        ("sanitation", "office"),
        ("lamps", "office"),
    ]
    assert [(area.code, area.parent) for area, _ in city.all_areas()][1:] == [("east", "city"), ("west", "city")]


def test_limits_texts_and_ladders_have_short_forms(tmp_path):
    city = read_city(city_file(tmp_path))
    assert city.policy is not None
    policy = policy_at(city.policy, 1, "cn", "city")
    assert policy.limits[ClockKind.ACCEPT] == Limit(kind=LimitKind.WORKING_DAYS, amount=1)
    assert policy.limits[ClockKind.DISPATCH] == Limit(kind=LimitKind.WORKING_HOURS, amount=4)
    assert policy.ladder(ClockKind.RECTIFY) == STANDARD_LADDER
    assert [rule.rung for rule in policy.ladder(ClockKind.ACCEPT).rules] == [Rung.WARN, Rung.REMIND]
    assert (policy.name.zh, policy.name.en) == ("标准", "Standard")
    assert city.catalogue_at(1).categories[1].limits[ClockKind.RECTIFY].amount == 2


def test_every_wrong_line_is_named(tmp_path):
    text = CITY.replace("kind: street, owner: sanitation", "kind: road, ownr: sanitation")
    text = text.replace("5 working days", "5 fortnights")
    assert wrong_lines(tmp_path, text) == [
        line_of(text, "code: east"),
        line_of(text, "code: east"),
        line_of(text, "5 fortnights"),
    ]


def test_a_missing_step_is_named_at_the_limits(tmp_path):
    text = CITY.replace("    check: 2 working days\n", "")
    assert wrong_lines(tmp_path, text) == [line_of(text, "  limits:\n    register")]


def test_a_code_given_twice_and_a_unit_that_does_not_exist_are_named(tmp_path):
    text = CITY.replace("code: west", "code: east").replace("lead_unit: lamps", "lead_unit: lanterns")
    assert wrong_lines(tmp_path, text) == [line_of(text, "西街"), line_of(text, "lead_unit: lanterns")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("units:\n  - code: a\n    code: b\n", 3),
        ("units: [\n", 2),
        ("units:\n  - &a [*a]\n", 2),
        ("? [a]\n: b\n", 1),
        ("calendar:\n  id: cn\n  announced_until: 2026-13-45\n", 3),
        ("just a word", 1),
        ("calendar: {seed: china, name: other}", 1),
        ("calendar: {id: x}", 1),
    ],
)
def test_what_is_no_city_file_is_refused_with_its_line(tmp_path, text, line):
    assert wrong_lines(tmp_path, text) == [line]


def test_a_file_that_is_not_utf8_is_refused_at_the_line(tmp_path):
    path = tmp_path / "city.yaml"
    path.write_bytes("units:\n  - code: 环卫\n".encode("gb18030"))
    with pytest.raises(UnusableDocumentError) as caught:
        read_city(path)
    assert caught.value.problems[0].line == 2


def test_a_calendar_can_be_given_in_full(tmp_path):
    text = """\
calendar:
  id: la
  name: Los Angeles
  timezone: America/Los_Angeles
  sessions: ["08:00-12:00", "13:00-17:00"]
  working_weekdays: [monday, tuesday, wednesday, thursday, friday]
  holidays: [2017-12-25]
  make_up_days: [2017-12-23]
  announced_until: 2018-12-31
"""
    city = read_city(city_file(tmp_path, text))
    assert city.calendar is not None
    calendar = city.calendar.at_version(3)
    assert calendar.version == "la@3"
    assert sorted(calendar.exceptions.values()) == [False, True]


LADDERS = """\
    rectify:
      rules:
        - {rung: warn, before_due: 4 working hours, recipients: [handler]}
        - {rung: supervise, after_due: 2个工作日, points: 1, new_limit: 3 working days}
      occasions:
        - {rung: supervise, reworks: 2, new_limit: 1 working day}
  severities:
    critical:
      accept: {rules: standard, occasions: [{rung: summon, recurrence: true}]}
      rectify: standard
  accountability:
    limits: {statement: 3 working days}
    rankings: [bottom_of_the_week, yellow_and_red_cards]
    prefixes: {order: 东督}
"""
SUPERVISING = CITY.replace("    rectify: standard\n", LADDERS)


def test_rungs_occasions_severities_and_accountability_have_short_forms_too(tmp_path):
    city = read_city(
        city_file(tmp_path, SUPERVISING.replace("lead_unit: lamps\n", "lead_unit: lamps\n    severity: critical\n"))
    )
    assert city.policy is not None
    policy = policy_at(city.policy, 1, "cn", "city")
    warn, supervise = policy.ladder(ClockKind.RECTIFY).rules
    assert warn.before_due == Limit(kind=LimitKind.WORKING_HOURS, amount=4)
    assert (supervise.points, supervise.new_limit) == (1, Limit(kind=LimitKind.WORKING_DAYS, amount=3))
    assert policy.ladder(ClockKind.RECTIFY).occasions[0].reworks == 2
    assert city.catalogue_at(1).categories[1].severity is Severity.CRITICAL
    assert policy.ladder(ClockKind.RECTIFY, Severity.CRITICAL) == STANDARD_LADDER
    assert policy.ladder(ClockKind.ACCEPT, Severity.CRITICAL).rules == STANDARD_LADDER.rules
    assert policy.accountability.limits.statement.amount == 3
    assert policy.accountability.rankings == (BOTTOM_OF_THE_WEEK, YELLOW_AND_RED_CARDS)
    assert policy.accountability.prefix(Series.ORDER) == "东督"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("before_due: 4 working hours", "before_due: 4 fortnights", "rung: warn, before"),
        ("recipients: [handler]", "recipients: [handler, handler]", "recipients"),
        ("rung: summon, recurrence: true", "rung: summon", "      accept: {rules"),
        ("rung: summon, recurrence: true", "rung: summon, reworks: 2", "  severities"),
        ("critical:", "ordinary:", "  severities"),
        ("[bottom_of_the_week,", "[bottom_of_the_year,", "    rankings"),
        ("statement: 3 working days", "statement: soon", "    limits: {statement"),
        ("prefixes: {order: 东督}", "prefixes: {order: 创问}", "  accountability"),
    ],
)
def test_a_rule_of_supervision_that_cannot_be_is_named_by_its_line(tmp_path, before, after, line):
    text = SUPERVISING.replace(before, after)
    assert wrong_lines(tmp_path, text) == [line_of(text, line)]


@pytest.mark.parametrize("path", ["examples/qingshi.yaml", "services/demo/city.yaml"])
def test_the_city_files_that_come_along_use_the_whole_ladder(path):
    city = read_city(Path(__file__).parents[2] / path)
    assert city.policy is not None
    policy = policy_at(city.policy, 1, "cn", "city")
    supervise = policy.ladder(ClockKind.RECTIFY).terms_of(Rung.SUPERVISE)
    assert supervise is not None
    assert supervise.points
    assert supervise.new_limit is not None
    assert any(rule.reworks == 2 and rule.rung is Rung.SUPERVISE for rule in policy.ladder(ClockKind.RECTIFY).occasions)
    assert Severity.CRITICAL in {category.severity for category in city.catalogue_at(1).categories}
    assert policy.ladder(ClockKind.RECTIFY, Severity.CRITICAL) != policy.ladder(ClockKind.RECTIFY)
    assert policy.accountability.rankings == (BOTTOM_OF_THE_WEEK,)
