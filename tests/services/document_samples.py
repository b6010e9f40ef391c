"""A letter of every kind, by the builders and from the histories that the tests of the domain use."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

from domain.accountability import events as case_events
from domain.accountability.rules import Series
from domain.bulletin.content import Content, NamedCriticism, period_of
from domain.bulletin.state import Bulletin, Edition
from domain.document.values import DocumentKind
from domain.indicator.book import FormulaBook
from domain.indicator.figures import figure
from domain.indicator.ranking import RankedLine, Ranking
from domain.indicator.standard import STANDARD
from domain.rulebook.rulebook import Rulebook
from domain.supervision import events as act_events
from domain.text import Text
from services.documents.letter import Letter
from services.documents.letters import (
    act_letter,
    bulletin_letter,
    case_notice_letter,
    decision_letter,
    dispatch_letter,
    interview_letter,
    review_letter,
)
from tests.domain import act_samples as acts
from tests.domain import case_samples as cases
from tests.domain.clocks import november
from tests.domain.item_samples import RULES, dispatch_jointly, given, report

BOOK: FormulaBook = STANDARD
BULLETIN_RULES: Rulebook = replace(RULES, formula_books={BOOK.ref: BOOK})


def bulletin(units: int = 3, *, corrected: bool = False, criticised: int = 0) -> Bulletin:
    """A weekly bulletin with a ranking of so many units, and so many criticisms."""
    codes = [*RULES.units, *(f"unit-{number}" for number in range(units))][:units]
    lines = tuple(
        RankedLine(code=code, rank=place, score=Decimal(f"{100 - place / 10:.2f}"), figures=())
        for place, code in enumerate(codes, 1)
    )
    ranking = Ranking(ranking_id="units", lines=lines, red=tuple(codes[:1]), black=tuple(codes[-1:]))
    figures = tuple(figure(each.code, 1, 3) for each in BOOK.formulas[:-1])
    content = Content(
        period=period_of("weekly", "2026-W46", "Asia/Shanghai"),
        as_of=november(16, 0),
        position=41,
        formulas=BOOK.ref,
        figures=(*figures, figure(BOOK.formulas[-1].code, 0, 0)),
        rankings=(ranking,) if units else (),
        criticisms=tuple(_criticism(sequence) for sequence in range(1, criticised + 1)),
    )
    first = Edition(edition=1, published_at=november(16, 9), content=content)
    second = Edition(edition=2, published_at=november(17, 9), corrects=1, reason="申诉成立", content=content)
    return Bulletin(kind="weekly", editions=(first, second) if corrected else (first,))


@cache
def letters() -> dict[DocumentKind, Letter]:
    """A letter of every kind that is one."""
    found = [_act(series) for series in acts.PLANS]
    summons = acts.issued(Series.SUMMONS).when(acts.record)
    found.append(
        interview_letter(
            summons.last(act_events.ActPlanned),
            summons.last(act_events.ActIssued).number,
            summons.last(act_events.InterviewRecorded),
            RULES,
        )
    )
    case = cases.accused(*cases.APPEALED, cases.reject)
    opened, decided = case.last(case_events.CaseOpened), case.last(case_events.CaseDecided)
    due = case.last(case_events.UnitNotified).clock.due_at
    found += [
        case_notice_letter(opened, cases.START, due, RULES),
        decision_letter(opened, decided, RULES),
        review_letter(opened, decided, case.last(case_events.DecisionReviewed), RULES),
        dispatch_letter(given(report, dispatch_jointly).state, RULES, cases.START + timedelta(days=1)),
        bulletin_letter(bulletin(criticised=2), BULLETIN_RULES),
    ]
    return {letter.kind: letter for letter in found}


def decision(**changes: object) -> Letter:
    """A decision, the letter with every part; with other content where a test says so."""
    return letters()[DocumentKind.DECISION].model_copy(update=changes)


def _criticism(sequence: int) -> NamedCriticism:
    title = Text(zh=f"关于城市管理局承办“校门口流动摊点占道”（2026-00000{sequence}）的通报批评", en="Criticism")
    number = acts.number(Series.CRITICISM, sequence).text
    return NamedCriticism(number=number, act_id=acts.ACT, unit="city-management", title=title, points=sequence)


def _act(series: Series) -> Letter:
    act = acts.issued(series)
    planned, issued = act.last(act_events.ActPlanned), act.last(act_events.ActIssued)
    return act_letter(planned, issued.number, issued.occurred_at, RULES)
