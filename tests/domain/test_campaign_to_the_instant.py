"""A rehearsal gives the windows of its phases to the instant, and passes through all of them in a minute."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.campaign.events import DutyCalled, PhaseClosed, PhaseOpened
from domain.campaign.plan import CampaignPlan, DutyKind, PhaseKind, PhasePlan
from domain.campaign.state import Running, phase_of
from tests.domain import campaign_samples as s

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)  # in Shanghai
TODAY = date(2026, 11, 20)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def short(phase_id: str, kind: PhaseKind, opens: float, closes: float | None, **more: Any) -> PhasePlan:
    last = None if closes is None else TODAY
    instants = {"opens_at": after(opens), "closes_at": None if closes is None else after(closes)}
    return s.phase(phase_id, kind, TODAY, last, **instants, **more)


FIRST = short("mobilisation", PhaseKind.MOBILISATION, 1, 7)
REPORT = s.duty("report", DutyKind.DAILY_REPORT, "FREQ=DAILY;BYHOUR=12;BYMINUTE=0;BYSECOND=20")
SECOND = short("rectification", PhaseKind.RECTIFICATION, 7, 37, duties=(REPORT,))
LAST = short("maintenance", PhaseKind.MAINTENANCE, 37, None)
GATED = s.CLOSURE.model_copy(update={"assess_days_before": 0})


def played(plan: CampaignPlan, seconds: float) -> s.Campaigning:
    return s.Campaigning(after(-600)).when(s.plan.with_(plan=plan), s.start).until(after(seconds))


def running(campaigning: s.Campaigning) -> Running:
    assert isinstance(campaigning.campaign, Running)
    return campaigning.campaign


def test_phases_open_and_close_and_duties_recur_at_their_instants() -> None:
    history = played(s.with_phases(FIRST, SECOND, LAST, overlap_days=0), 60).history
    opened = [(event.phase_id, event.occurred_at) for event in history if isinstance(event, PhaseOpened)]
    closed = [(event.phase_id, event.occurred_at) for event in history if isinstance(event, PhaseClosed)]
    [called] = [event for event in history if isinstance(event, DutyCalled)]
    assert opened == [("mobilisation", after(1)), ("rectification", after(7)), ("maintenance", after(37))]
    assert closed == [("mobilisation", after(7)), ("rectification", after(37))]
    assert called.occurrence == after(20)


def test_a_gate_is_assessed_so_many_days_before_the_instant_and_never_before_the_phase_opens() -> None:
    at_the_end = running(played(s.with_phases(FIRST, short("r", PhaseKind.SPRINT, 7, 37, gate=GATED)), 2))
    at_once = running(played(s.with_phases(FIRST, short("r", PhaseKind.SPRINT, 7, 37, gate=s.CLOSURE)), 2))
    assert phase_of(at_the_end, "r").assess_at == after(37)
    assert phase_of(at_once, "r").assess_at == after(7)


def test_an_extension_to_a_later_day_ends_with_that_day() -> None:
    campaigning = played(s.with_phases(FIRST, short("r", PhaseKind.SPRINT, 7, 37, gate=GATED)), 8)
    extended = campaigning.when(s.extend.with_(phase_id="r", last_day=date(2026, 11, 21)))
    phase = phase_of(running(extended), "r")
    assert phase.opens_at == after(7)
    assert phase.closes_at == datetime(2026, 11, 21, 16, tzinfo=UTC)


def test_a_gate_that_fails_in_a_rehearsal_waits_for_the_leading_group_as_any_other() -> None:
    plan = s.with_phases(FIRST, short("r", PhaseKind.SPRINT, 7, 37, gate=GATED), LAST)
    values = {"on_time_closure": Decimal("0.5"), "open_items_above_supervision": Decimal(3)}
    campaigning = s.Campaigning(after(-600)).when(s.plan.with_(plan=plan), s.start).until(after(40), values)
    assert phase_of(running(campaigning), "r").gate == "referred"


@pytest.mark.parametrize(
    "phases",
    [
        (FIRST, s.RECTIFICATION),
        (FIRST.model_copy(update={"closes_at": after(20)}), SECOND),
        (SECOND, FIRST),
    ],
    ids=["days beside instants", "overlap", "backwards"],
)
def test_instants_that_do_not_fit_together_are_refused(phases: tuple[PhasePlan, ...]) -> None:
    with pytest.raises(ValidationError):
        s.with_phases(*phases, overlap_days=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"opens_at": None},
        {"closes_at": None},
        {"closes_at": after(1)},
        {"opens_at": after(-3 * 86_400)},
        {"closes_at": after(3 * 86_400)},
        {"last_day": None, "kind": "maintenance"},
    ],
    ids=["no beginning", "no end", "no length", "begins on another day", "ends on another day", "end without last day"],
)
def test_a_window_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PhasePlan.model_validate({**dict(FIRST), **changes})
