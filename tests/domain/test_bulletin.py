"""A bulletin is published once for its period, by the office, and only its newest edition can be replaced."""

from datetime import datetime
from typing import Any

import pytest

from domain.bulletin.commands import CorrectBulletin, PublishBulletin
from domain.bulletin.content import BulletinKind, Content, PeriodMalformed, period_of
from domain.bulletin.decisions import (
    AnotherPeriod,
    BulletinAlreadyPublished,
    EditionSuperseded,
    NoSuchBulletin,
    PeriodNotBegun,
    decide,
)
from domain.bulletin.events import BULLETIN_EVENTS, BulletinCorrected, BulletinPublished
from domain.bulletin.state import Bulletin, ImpossibleHistoryError, evolve
from domain.errors import Forbidden, Rejection
from domain.indicator.figures import figure
from domain.rulebook.rulebook import Rulebook
from tests.domain.calendars import shanghai
from tests.domain.clocks import november
from tests.domain.item_samples import ADMINISTRATOR, AUDITOR, HANDLER, HOTLINE, INSPECTOR, LEADER, OFFICE

NOW = november(23, 9)


def content(label: str = "2026-W47", as_of: datetime = NOW, on_time: int = 1) -> Content:
    return Content(
        period=period_of("weekly", label, "Asia/Shanghai"),
        as_of=as_of,
        position=41,
        formulas="standard@1",
        figures=(figure("on_time_disposal", on_time, 2), figure("recurrence", 0, 0)),
    )


def publishing(at: datetime = NOW, actor: Any = OFFICE, **changes: Any) -> PublishBulletin:
    given = content(**changes)
    return PublishBulletin(command_id="1", at=at, actor=actor, kind="weekly", content=given)


def correcting(corrects: int = 1, actor: Any = OFFICE, **changes: Any) -> CorrectBulletin:
    given = content(on_time=2, **changes)
    return CorrectBulletin(command_id="2", at=NOW, actor=actor, corrects=corrects, reason="漏计", content=given)


def after(*commands: PublishBulletin | CorrectBulletin) -> Bulletin | None:
    bulletin: Bulletin | None = None
    for command in commands:
        for event in decide(command, bulletin, Rulebook()):
            assert BULLETIN_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            bulletin = evolve(bulletin, event)
    return bulletin


def refusal(command: PublishBulletin | CorrectBulletin, bulletin: Bulletin | None) -> type[Rejection]:
    with pytest.raises(Rejection) as refused:
        decide(command, bulletin, Rulebook())
    return type(refused.value)


def test_what_was_published_stands_with_its_figures_versions_and_moment():
    bulletin = after(publishing())
    assert bulletin is not None
    assert (bulletin.number, bulletin.newest.edition) == ("weekly/2026-W47", 1)
    assert bulletin.newest.content == content()
    assert Bulletin.model_validate_json(bulletin.model_dump_json()) == bulletin


def test_a_bulletin_is_published_once():
    assert refusal(publishing(), after(publishing())) is BulletinAlreadyPublished


def test_a_correction_names_what_it_replaces_and_leaves_it_as_it_was():
    bulletin = after(publishing(), correcting())
    assert bulletin is not None
    first, second = bulletin.editions
    assert first.content == content()
    assert (second.edition, second.corrects, second.reason) == (2, 1, "漏计")
    assert bulletin.newest.content.figures[0].value == 1


def test_a_correction_can_be_corrected():
    bulletin = after(publishing(), correcting(), correcting(2))
    assert bulletin is not None
    assert [edition.corrects for edition in bulletin.editions] == [None, 1, 2]


@pytest.mark.parametrize("corrects", [1, 3])
def test_only_the_newest_edition_is_corrected(corrects: int):
    assert refusal(correcting(corrects), after(publishing(), correcting())) is EditionSuperseded


def test_what_was_never_published_is_not_corrected():
    assert refusal(correcting(), None) is NoSuchBulletin


def test_a_correction_is_about_the_same_period():
    assert refusal(correcting(label="2026-W46"), after(publishing())) is AnotherPeriod


@pytest.mark.parametrize("actor", [ADMINISTRATOR, AUDITOR, HANDLER, HOTLINE, INSPECTOR, LEADER])
def test_the_office_alone_publishes_and_corrects(actor: Any):
    assert refusal(publishing(actor=actor), None) is Forbidden
    assert refusal(correcting(actor=actor), after(publishing())) is Forbidden


def test_a_week_that_has_not_begun_has_no_bulletin():
    assert refusal(publishing(at=november(16, 0)), None) is PeriodNotBegun
    assert refusal(publishing(as_of=november(15, 12)), None) is PeriodNotBegun
    assert after(publishing(at=november(16, 0, 1))) is not None


def test_a_correction_of_nothing_is_a_damaged_history():
    [event] = decide(correcting(), after(publishing()), Rulebook())
    assert isinstance(event, BulletinCorrected)
    with pytest.raises(ImpossibleHistoryError):
        evolve(None, event)


def test_a_campaign_stands_before_the_name_of_its_bulletin():
    command = publishing().model_copy(update={"campaign_id": "civilised-2026"})
    [event] = decide(command, None, Rulebook())
    assert isinstance(event, BulletinPublished)
    assert evolve(None, event).number == "civilised-2026/weekly/2026-W47"


@pytest.mark.parametrize(
    ("kind", "label", "begins", "ends"),
    [
        ("weekly", "2026-W47", shanghai(2026, 11, 16), shanghai(2026, 11, 23)),
        ("weekly", "2026-W01", shanghai(2025, 12, 29), shanghai(2026, 1, 5)),
        ("weekly", "2026-W53", shanghai(2026, 12, 28), shanghai(2027, 1, 4)),
        ("monthly", "2026-02", shanghai(2026, 2, 1), shanghai(2026, 3, 1)),
        ("monthly", "2026-12", shanghai(2026, 12, 1), shanghai(2027, 1, 1)),
    ],
)
def test_a_period_runs_from_midnight_to_midnight_in_the_city(
    kind: BulletinKind, label: str, begins: datetime, ends: datetime
):
    period = period_of(kind, label, "Asia/Shanghai")
    assert (period.starts_at, period.ends_at) == (begins, ends)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("weekly", "2026-11"),
        ("weekly", "2025-W53"),
        ("weekly", "2026-W00"),
        ("weekly", "2026-w47"),
        ("weekly", "２０２６-W47"),
        ("weekly", "0000-W01"),
        ("weekly", "1000-W01"),
        ("monthly", "2026-W47"),
        ("monthly", "2026-00"),
        ("monthly", "2026-13"),
        ("monthly", "9999-12"),
        ("monthly", ""),
    ],
)
def test_other_labels_name_no_period(kind: BulletinKind, label: str):
    with pytest.raises(PeriodMalformed):
        period_of(kind, label, "Asia/Shanghai")
