"""Figures of small histories, computed by hand, before and after each thing that happens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest_asyncio

from domain.ladder import Rung
from services.embedded.databases import DatabaseAddresses
from tests.domain.clocks import november
from tests.domain.item_samples import (
    ISSUE,
    MANUAL_REGISTRATION,
    OTHER_ITEM,
    SWEEPER,
    accept,
    appeal,
    confirm_recheck,
    dispatch,
    follow_up,
    given,
    grant_extension,
    pass_check,
    record_recurrence,
    refuse,
    register,
    report_fixed,
    request_extension,
    resume,
    rule_on_appeal,
    send_back,
    submit,
    suspend,
    take_over,
    transfer,
    transfer_out,
    void,
)
from tests.services.fact_samples import Facts, another, facts_in

MOMENT = timedelta(microseconds=1)
REPORTED = november(16, 10)  # a Monday; every step has a working day
ACCEPTED = november(16, 15)
SUBMITTED = november(17, 11)
CHECKED = november(17, 16)


@pytest_asyncio.fixture
async def facts(database: DatabaseAddresses) -> AsyncIterator[Facts]:
    async with facts_in(database) as opened:
        yield opened


def reported(*deeds: Any, **content: Any) -> Any:
    content.setdefault("reported_at", REPORTED)
    return given(another(**content).at(REPORTED), *deeds)


async def test_without_any_cases_no_share_has_a_value(facts: Facts):
    figures = await facts.figures(november(30, 9))
    assert len(figures) == 14
    assert {code for code, figure in figures.items() if figure.value is not None} == {
        "open_items",
        "open_items_above_supervision",
    }
    assert figures["open_items"].value == 0


async def test_each_step_counts_from_the_moment_it_happens(facts: Facts):
    await facts.record(
        reported(accept.at(ACCEPTED), submit.at(SUBMITTED), pass_check.at(CHECKED), confirm_recheck.at(november(26, 9)))
    )
    for name, at in (
        ("reported", REPORTED),
        ("registered", REPORTED),
        ("dispatched", REPORTED),
        ("accept_opened", REPORTED),
        ("rectify_opened", ACCEPTED),
        ("check_opened", SUBMITTED),
        ("checked", CHECKED),
        ("closed", CHECKED),
        ("closings", CHECKED),
        ("closed_on_time", CHECKED),
        ("recheck_opened", CHECKED),
        ("rechecked", november(26, 9)),
    ):
        assert [await facts.count(at - MOMENT, name), await facts.count(at, name)] == [0, 1], name
    assert [await facts.count(at, "open") for at in (REPORTED - MOMENT, REPORTED, CHECKED - MOMENT, CHECKED)] == [
        0,
        1,
        1,
        0,
    ]


async def test_a_deadline_counts_once_it_has_passed_and_never_before(facts: Facts):
    await facts.record(reported(accept.at(ACCEPTED), submit.at(SUBMITTED)))
    due = november(17, 15)
    assert await facts.share(due, "on_time_disposal") == (0, 0)
    assert await facts.value(due, "on_time_disposal") is None
    assert await facts.share(due + MOMENT, "on_time_disposal") == (1, 1)
    assert await facts.value(due + MOMENT, "on_time_disposal") == 1


async def test_work_that_is_done_in_the_instant_of_its_deadline_is_in_time(facts: Facts):
    due = november(17, 15)
    await facts.record(reported(accept.at(ACCEPTED), submit.at(due)))
    assert await facts.share(november(20, 9), "on_time_disposal") == (1, 1)


async def test_late_work_waits_until_it_is_done_and_stays_late(facts: Facts):
    due, done = november(17, 15), november(19, 9)
    await facts.record(reported(accept.at(ACCEPTED), submit.at(done)))
    codes = ("on_time_disposal", "overdue_waiting", "disposal")
    waiting = await facts.figures(due + MOMENT, *codes)
    assert [waiting[code].value for code in codes] == [0, 1, 0]
    after = await facts.figures(done, *codes)
    assert [after[code].value for code in codes] == [0, 0, 1]


async def test_a_unit_that_never_accepts_is_late_to_accept_and_to_nothing_else(facts: Facts):
    await facts.record(reported())
    late = november(18, 9)
    assert await facts.share(late, "on_time_acceptance") == (0, 1)
    assert await facts.share(late, "on_time_disposal") == (0, 0)
    assert await facts.share(late, "on_time_closure") == (0, 1)  # open and late, so it should have been closed


async def test_a_refusal_answers_in_time_and_tells_that_the_dispatch_was_wrong(facts: Facts):
    again = dispatch.with_(unit="sanitation").at(november(16, 16))
    await facts.record(reported(refuse.at(november(16, 15)), again, accept.by(SWEEPER).at(november(16, 17))))
    later = november(18, 9)
    assert await facts.share(later, "on_time_acceptance") == (2, 2)
    assert await facts.share(later, "accurate_dispatch") == (1, 2)
    assert await facts.share(november(16, 14, 59), "accurate_dispatch") == (1, 1)
    assert await facts.share(later, "accurate_dispatch", unit="city-management") == (0, 1)
    assert await facts.share(later, "accurate_dispatch", unit="sanitation") == (1, 1)


async def test_a_task_taken_away_before_its_deadline_was_never_due(facts: Facts):
    await facts.record(reported(accept.at(ACCEPTED), transfer.at(november(17, 9))))
    assert await facts.count(november(30, 9), "rectify_due") == 0
    assert await facts.count(november(30, 9), "rectify_opened") == 1
    assert await facts.count(november(30, 9), "dispatch_transferred") == 1


async def test_a_task_taken_away_after_its_deadline_was_late(facts: Facts):
    await facts.record(reported(accept.at(ACCEPTED), transfer.at(november(18, 9))))
    later = november(30, 9)
    assert [await facts.count(later, name) for name in ("rectify_due", "rectify_overdue", "rectify_waiting")] == [
        1,
        1,
        0,
    ]
    assert [case.unit for case in await facts.cases(later, "rectify_overdue")] == ["city-management"]


async def test_an_item_counts_for_the_unit_it_lay_with_at_the_moment_asked_about(facts: Facts):
    moved = november(17, 9)
    await facts.record(reported(accept.at(ACCEPTED), transfer.at(moved)))
    counted = [
        await facts.count(at, "open", unit=unit)
        for at in (moved - MOMENT, moved)
        for unit in ("city-management", "sanitation")
    ]
    assert counted == [1, 0, 0, 1]


async def test_a_unit_answers_for_those_below_it(facts: Facts):
    await facts.record(reported(transfer.with_(unit="market-squad").at(november(16, 11))))
    at = november(16, 12)
    assert await facts.count(at, "open", unit="city-management") == 1
    assert await facts.count(at, "open", unit="market-squad") == 1
    assert await facts.count(at, "open", unit="sanitation") == 0


async def test_an_area_contains_those_below_it(facts: Facts):
    await facts.record(reported())
    assert [await facts.count(november(17, 9), "open", area=area) for area in ("city", "east", "east-1")] == [1, 1, 1]
    west = ISSUE.model_copy(update={"area": "city", "source_id": "A-2"})
    await facts.record(reported(issue=west))
    assert [await facts.count(november(17, 9), "open", area=area) for area in ("city", "east")] == [2, 1]


async def test_an_extension_moves_the_deadline_from_the_moment_it_is_granted(facts: Facts):
    asked, granted, done = november(17, 9), november(17, 10), november(19, 9)
    await facts.record(
        reported(accept.at(ACCEPTED), request_extension.at(asked), grant_extension.at(granted), submit.at(done))
    )
    assert [await facts.count(at, "extended") for at in (granted - MOMENT, granted)] == [0, 1]
    first, second = november(17, 15), november(19, 15)
    assert await facts.share(first + MOMENT, "on_time_disposal") == (0, 0)
    assert await facts.share(second, "on_time_disposal") == (0, 0)
    assert await facts.share(second + MOMENT, "on_time_disposal") == (1, 1)
    assert await facts.share(second, "extension") == (1, 1)


async def test_an_extension_granted_late_makes_up_for_it_only_from_then_on(facts: Facts):
    asked, granted = november(17, 14), november(18, 9)
    await facts.record(
        reported(
            accept.at(ACCEPTED), request_extension.at(asked), grant_extension.at(granted), submit.at(november(18, 16))
        )
    )
    before, after = granted - MOMENT, granted
    assert await facts.share(before, "overdue_waiting") == (1, 1)
    assert await facts.share(before, "on_time_closure") == (0, 1)
    assert await facts.share(after, "overdue_waiting") == (0, 0)
    assert await facts.share(after, "on_time_closure") == (0, 0)
    assert await facts.share(november(20, 9), "on_time_disposal") == (1, 1)


async def test_a_suspended_clock_has_no_deadline_and_runs_on_with_what_was_left(facts: Facts):
    began, ended = november(16, 17), november(19, 9)
    held = reported(accept.at(ACCEPTED), suspend.at(began), resume.at(ended))
    await facts.record(held)
    assert held.clock.due_at == november(19, 17)  # two of eight hours were used
    assert [await facts.count(at, "suspended") for at in (began - MOMENT, began, ended - MOMENT, ended)] == [0, 1, 1, 0]
    assert [await facts.count(at, "rectify_due") for at in (november(18, 9), november(19, 17))] == [0, 0]
    assert await facts.count(november(19, 17) + MOMENT, "rectify_waiting") == 1


async def test_what_was_late_before_it_was_suspended_stays_late(facts: Facts):
    await facts.record(reported(accept.at(ACCEPTED), suspend.at(november(18, 9))))
    assert await facts.count(november(18, 8), "rectify_waiting") == 1
    assert await facts.count(november(19, 9), "rectify_waiting") == 1
    assert await facts.count(november(19, 9), "rectify_waiting", minus=["suspended"]) == 0


async def test_rework_counts_each_check(facts: Facts):
    again = (submit.at(november(18, 9)), pass_check.at(november(18, 11)))
    await facts.record(reported(accept.at(ACCEPTED), submit.at(SUBMITTED), send_back.at(CHECKED), *again))
    assert await facts.share(CHECKED, "rework") == (1, 1)
    assert await facts.share(november(18, 11), "rework") == (1, 2)
    assert await facts.share(november(20, 9), "on_time_check") == (2, 2)


async def test_recurrence_is_a_share_of_what_was_rechecked(facts: Facts):
    closed = (accept.at(ACCEPTED), submit.at(SUBMITTED), pass_check.at(CHECKED))
    await facts.record(
        reported(*closed, confirm_recheck.at(november(24, 9))),
        reported(*closed, record_recurrence.with_(new_item=OTHER_ITEM).at(november(24, 10))),
        reported(*closed),
    )
    assert await facts.value(november(23, 9), "recurrence") is None
    assert await facts.share(november(24, 9), "recurrence") == (0, 1)
    assert await facts.share(november(25, 9), "recurrence") == (1, 2)


async def test_closure_leaves_out_what_was_not_ours_to_close(facts: Facts):
    await facts.record(
        reported(accept.at(ACCEPTED), submit.at(SUBMITTED), pass_check.at(CHECKED)),
        reported(),
        reported(void.at(november(16, 11))),
        reported(transfer_out.at(november(16, 11))),
    )
    assert await facts.share(november(16, 10, 30), "closure") == (0, 4)
    assert await facts.share(november(18, 9), "closure") == (1, 2)
    assert await facts.share(november(18, 9), "valid_report") == (3, 4)


async def test_a_report_that_waits_for_registration_is_not_yet_valid(facts: Facts):
    await facts.record(given(another(reported_at=REPORTED).at(REPORTED), rules=MANUAL_REGISTRATION))
    assert await facts.share(november(16, 12), "valid_report") == (0, 1)
    assert await facts.count(november(18, 9), "register_waiting") == 1
    registered = given(
        another(reported_at=REPORTED).at(REPORTED), register.at(november(16, 11)), rules=MANUAL_REGISTRATION
    )
    await facts.record(registered)
    assert await facts.share(november(18, 9), "valid_report") == (1, 2)


async def test_an_excused_lateness_counts_until_the_appeal_is_granted(facts: Facts):
    ruled = november(20, 9)
    await facts.record(
        reported(
            accept.at(ACCEPTED),
            follow_up.at(november(17, 16)),
            appeal.at(november(18, 9)),
            submit.at(november(18, 10)),
            pass_check.at(november(18, 11)),
            rule_on_appeal.at(ruled),
        )
    )
    before, after = ruled - MOMENT, ruled
    assert await facts.share(before, "on_time_disposal") == (0, 1)
    assert await facts.share(after, "on_time_disposal") == (0, 0)
    assert await facts.share(after, "disposal") == (1, 1)  # the fact stays
    assert await facts.share(before, "on_time_closure") == (0, 1)
    assert await facts.share(after, "on_time_closure") == (1, 1)


async def test_only_open_items_stand_above_supervision(facts: Facts):
    neglected = reported(accept.at(ACCEPTED), follow_up.at(november(24, 15)))
    assert Rung.CRITICISE in [climb.rung for climb in neglected.state.dossier.climbs]
    await facts.record(neglected.when(void.at(november(26, 9))))
    counted = [
        await facts.value(at, "open_items_above_supervision")
        for at in (november(24, 14), november(24, 15), november(26, 9))
    ]
    assert counted == [0, 1, 0]


async def test_what_was_fixed_on_the_spot_is_closed_and_was_never_dispatched(facts: Facts):
    await facts.record(given(another(report_fixed, reported_at=REPORTED).at(REPORTED)))
    at = november(17, 9)
    assert [await facts.count(at, name) for name in ("fixed_on_the_spot", "closed_on_time", "dispatched")] == [1, 1, 0]


async def test_a_row_of_an_old_ledger_counts_when_it_happened(facts: Facts):
    old = another(take_over, reported_at=november(2, 9), outcome="closed", ended_at=november(5, 9))
    await facts.record(given(old.at(november(16, 9))))
    assert [await facts.count(november(day, 10), "open") for day in (1, 3, 6)] == [0, 1, 0]
    assert await facts.share(november(30, 9), "closure") == (1, 1)


async def test_a_period_takes_cases_by_the_instant_of_their_set(facts: Facts):
    await facts.record(
        reported(accept.at(ACCEPTED), submit.at(SUBMITTED), pass_check.at(CHECKED)),
        reported(accept.at(ACCEPTED), submit.at(november(23, 9))),
    )
    first = {"starts_at": november(16, 0), "ends_at": november(23, 0)}
    second = {"starts_at": november(23, 0), "ends_at": november(30, 0)}
    at = november(30, 9)
    assert [await facts.share(at, "on_time_disposal", **week) for week in (first, second)] == [(1, 2), (0, 0)]
    assert [await facts.share(at, "on_time_check", **week) for week in (first, second)] == [(1, 1), (0, 1)]
    assert [await facts.count(at, "closings", **week) for week in (first, second)] == [1, 0]
    # The other one is late, but it became so in the first week.
    assert [await facts.share(at, "on_time_closure", **week) for week in (first, second)] == [(1, 2), (0, 0)]


async def test_shares_have_six_decimals(facts: Facts):
    in_time = (accept.at(ACCEPTED), submit.at(SUBMITTED))
    await facts.record(reported(*in_time), reported(*in_time), reported(accept.at(ACCEPTED)))
    assert await facts.value(november(20, 9), "on_time_disposal") == Decimal("0.666667")
