"""Problem documents: a text in both languages for everything that can be refused, and never more than that."""

import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args

import asyncpg
import pytest
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

import domain
import services.city
import services.gateway
from domain.actor import Role
from domain.clock import ClockKind
from domain.errors import Forbidden, Invalid, Rejection
from domain.item.commands import ItemCommand
from domain.item.decisions import decide
from domain.item.due import Due
from domain.item.rejections import NoSuchItem, WrongStep
from domain.item.state import Item
from domain.item.values import Channel
from domain.ladder import Rung
from domain.limits import LimitKind
from services.gateway.errors import refusal_of
from services.gateway.problems import language_of, problem_for, status_of
from services.gateway.refusals import InternalFault, MalformedRequest, Refusal, TemporarilyUnavailable
from services.handling.aggregates import AGGREGATES
from services.handling.command_handler import KeyReused, VersionMismatch
from services.messages.catalogue import LANGUAGES, fill, problem_text, section, word

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def everything_below(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for child in kind.__subclasses__():
        yield from everything_below(child)


def refusals() -> list[type[Rejection | Refusal]]:
    for package in (domain, services.city, services.gateway):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    assert decide
    kinds = {*everything_below(Rejection), *everything_below(Refusal)}
    ours = (kind for kind in kinds if hasattr(kind, "code") and not kind.__module__.startswith("tests."))
    return sorted(ours, key=lambda kind: kind.code)


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_title_and_a_detail_in_both_languages(kind: type[Rejection | Refusal]) -> None:
    found = section("problems")[kind.code]
    assert set(found) == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(found[language]) == {"title", "detail"}
        assert all(isinstance(text, str) and text for text in found[language].values())
    assert CHINESE.search(found["zh"]["title"])
    assert not CHINESE.search(found["en"]["title"])
    names = [set(_placeholders(found[language]["detail"])) for language in LANGUAGES]
    assert names[0] == names[1]


def _placeholders(template: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(template) if name)


def test_no_code_stands_for_two_reasons() -> None:
    codes = [kind.code for kind in refusals()]
    assert len(set(codes)) == len(codes)


def test_the_catalogue_holds_no_code_that_nobody_uses() -> None:
    assert set(section("problems")) == {kind.code for kind in refusals()}


def _event_types() -> Iterator[str]:
    for aggregate in AGGREGATES.values():
        schema = aggregate.events.json_schema()
        for definition in (schema, *schema.get("$defs", {}).values()):
            if "type" in definition.get("properties", {}):
                yield definition["properties"]["type"].get("const", "")


@pytest.mark.parametrize("name", sorted({name for name in _event_types() if name}))
def test_every_event_has_a_name_and_a_sentence_in_both_languages(name: str) -> None:
    found = section("events")[name]
    for language in LANGUAGES:
        assert found[language]["name"]
        assert found[language]["sentence"]


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("status", [kind.model_fields["status"].default for kind in get_args(Item)]),
        ("role", Role),
        ("clock", ClockKind),
        ("rung", Rung),
        ("channel", Channel),
        ("limit", LimitKind),
        ("due", get_args(Due.model_fields["what"].annotation)),
        ("command", [kind.__name__ for kind in get_args(ItemCommand)]),
    ],
)
def test_every_word_of_the_field_is_in_both_languages(group: str, values: type[StrEnum] | list[str]) -> None:
    for value in values:
        assert CHINESE.search(word(group, value, "zh")), value
        assert not CHINESE.search(word(group, value, "en")), value
        assert value in section("words")[group]


def test_every_fault_of_a_field_has_both_languages() -> None:
    assert all(set(texts) == set(LANGUAGES) for texts in section("fields").values())


def test_facts_that_are_words_of_the_field_are_said_in_the_language_asked_for() -> None:
    refused = WrongStep(status="rectifying", command="AcceptItem")
    chinese = problem_for(refused, "zh", "/v1/items/1/accept")
    assert chinese.detail == "事项目前处于“整改中”，不能执行“签收”。"
    assert chinese.facts == {"status": "rectifying", "command": "AcceptItem"}
    assert (chinese.type, chinese.status) == ("urn:duban:problem:wrong_step", 409)
    assert "being rectified" in problem_for(refused, "en", "/").detail


def test_a_fact_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    assert fill("{unit}", {"unit": "{status.__class__}"}, "en") == "{status.__class__}"


def test_an_unknown_code_and_a_missing_fact_still_make_a_document() -> None:
    assert problem_text("never_heard_of", {}, "zh").title == "never_heard_of"
    assert "—" in problem_for(WrongStep(), "zh", "/").detail


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Forbidden, 403), (Invalid, 422), (NoSuchItem, 404), (VersionMismatch, 412), (KeyReused, 409), (WrongStep, 409)],
)
def test_the_status_follows_from_the_kind_of_refusal(kind: type[Rejection], status: int) -> None:
    assert status_of(kind) == status


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh;q=0.5, en;q=0.8", "en"),
        ("de, en;q=0.1", "en"),
        ("en;q=nonsense", "zh"),
        ("*", "zh"),
        (";;;,,,=", "zh"),
    ],
)
def test_chinese_is_spoken_unless_english_is_preferred(header: str, language: str) -> None:
    assert language_of(Headers({"accept-language": header})) == language


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), TemporarilyUnavailable),
        (FileNotFoundError(), TemporarilyUnavailable),
        (asyncpg.CannotConnectNowError("starting up"), TemporarilyUnavailable),
        (asyncpg.AdminShutdownError("bye"), TemporarilyUnavailable),
        (asyncpg.InterfaceError("connection is closed"), TemporarilyUnavailable),
        (asyncpg.UndefinedTableError("not migrated"), TemporarilyUnavailable),
        (asyncpg.exceptions._base.DataError("a bug"), InternalFault),
        (KeyError("a bug"), InternalFault),
    ],
)
def test_outages_are_told_from_bugs(error: Exception, kind: type[Refusal]) -> None:
    assert isinstance(refusal_of(error), kind)


def test_who_hangs_up_in_the_middle_of_a_request_is_not_taken_for_a_bug() -> None:
    assert isinstance(refusal_of(ClientDisconnect()), MalformedRequest)


def test_what_a_bug_was_is_not_told() -> None:
    document = problem_for(refusal_of(ValueError("password=hunter2")), "en", "/")
    assert "hunter2" not in document.model_dump_json()


def test_documents_are_models_that_can_be_described() -> None:
    assert issubclass(type(problem_for(WrongStep(), "zh", "/")), BaseModel)
