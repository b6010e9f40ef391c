"""Limits: what each kind of time grants."""

import pytest
from pydantic import ValidationError

from domain.limits import LARGEST_AMOUNT, Limit, LimitKind
from tests.domain.calendars import CHINA, NIGHTS


@pytest.mark.parametrize(
    ("kind", "seconds", "around_the_clock"),
    [
        (LimitKind.NATURAL_DAYS, 3 * 86400, True),
        (LimitKind.WORKING_DAYS, 3 * 28800, False),
        (LimitKind.WORKING_HOURS, 3 * 3600, False),
        (LimitKind.URGENT_HOURS, 3 * 3600, True),
        (LimitKind.ELAPSED_SECONDS, 3, True),
    ],
)
def test_three_of_each_kind_grant_their_seconds(kind: LimitKind, seconds: int, around_the_clock: bool):
    limit = Limit(kind=kind, amount=3)
    assert limit.budget_seconds(CHINA) == seconds
    assert limit.around_the_clock is around_the_clock


def test_a_working_day_is_as_long_as_the_calendar_says():
    nine_hours_and_a_half = (6 * 60 + 1 + 3 * 60 + 30) * 60
    assert Limit(kind=LimitKind.WORKING_DAYS, amount=1).budget_seconds(NIGHTS) == nine_hours_and_a_half


@pytest.mark.parametrize("kind", LimitKind)
def test_ten_years_are_the_most(kind: LimitKind):
    assert Limit(kind=kind, amount=LARGEST_AMOUNT[kind]).amount == LARGEST_AMOUNT[kind]
    with pytest.raises(ValidationError):
        Limit(kind=kind, amount=LARGEST_AMOUNT[kind] + 1)


def test_only_elapsed_seconds_may_be_none_at_all():
    assert Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0).budget_seconds(CHINA) == 0
    for kind in set(LimitKind) - {LimitKind.ELAPSED_SECONDS}:
        with pytest.raises(ValidationError):
            Limit(kind=kind, amount=0)


@pytest.mark.parametrize("amount", [-1, 1.0, 1.5, "1", True, None])
def test_an_amount_is_a_whole_number(amount: object):
    with pytest.raises(ValidationError):
        Limit.model_validate({"kind": "working_days", "amount": amount})


def test_unknown_kinds_and_fields_are_refused():
    for raw in ({"kind": "moons", "amount": 1}, {"kind": "working_days", "amount": 1, "unit": "day"}):
        with pytest.raises(ValidationError):
            Limit.model_validate(raw)
