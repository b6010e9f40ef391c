"""What lies ahead of a campaign: the same instants at which it all comes to pass, if nobody interferes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.campaign.outlook import outlook
from tests.domain.campaign_samples import ALL_SIGNED, end, pause, planned, resume, started
from tests.domain.item_samples import RULES

BEGIN = datetime(2026, 8, 1, 2, tzinfo=UTC)
GOOD = {**ALL_SIGNED, "on_time_closure": Decimal(1), "open_items_above_supervision": Decimal(0)}
PUBLIC = ("open_phase", "close_phase", "assess_gate", "call_duty")


def ahead(campaign, days, *, most=10_000):
    return outlook(campaign.state, campaign.now, campaign.now + timedelta(days=days), campaign.rules, most=most)


@pytest.mark.parametrize("days", [30, 90, 200])
def test_what_was_foreseen_is_what_comes(days):
    campaign = started(at=BEGIN)
    foreseen = ahead(campaign, days)
    played = campaign.until(campaign.now + timedelta(days=days), GOOD)
    names = {
        "campaign.phase_opened.v1": "open_phase",
        "campaign.phase_closed.v1": "close_phase",
        "campaign.gate_assessed.v1": "assess_gate",
        "campaign.duty_called.v1": "call_duty",
    }
    came = [
        (event.occurred_at, names[event.type], event.phase_id)
        for event in played.history[len(campaign.history) :]
        if event.type in names
    ]
    assert [(entry.at, entry.what, entry.phase_id) for entry in foreseen.entries] == came
    assert came
    assert (foreseen.assumption, foreseen.cut_off) == (None, False)


def test_a_planned_campaign_is_seen_as_if_it_started_now():
    found = ahead(planned(at=BEGIN), 90)
    assert found.assumption == "started_now"
    assert {entry.what for entry in found.entries} == set(PUBLIC)


def test_a_campaign_planned_for_the_past_has_nothing_ahead():
    campaign = planned(at=datetime(2027, 12, 1, tzinfo=UTC))
    assert ahead(campaign, 60).entries, "maintenance never ends"
    ended = campaign.state.plan.model_copy(update={"phases": campaign.state.plan.phases[:3]})
    over = campaign.state.model_copy(update={"plan": ended})
    assert outlook(over, campaign.now, campaign.now + timedelta(days=90), RULES, most=100).entries == ()


def test_a_paused_campaign_is_seen_as_if_it_was_resumed_now():
    campaign = started(at=BEGIN).until(datetime(2026, 8, 20, tzinfo=UTC), GOOD)
    halted = campaign.when(pause)
    later = halted.now + timedelta(days=5)
    foreseen = outlook(halted.state, later, later + timedelta(days=30), halted.rules, most=1000)
    assert foreseen.assumption == "resumed_now"
    going = halted.when(resume.at(later))
    assert ahead(going, 30).entries == foreseen.entries


def test_nothing_lies_ahead_of_an_ended_campaign_and_a_long_list_is_cut_off():
    assert ahead(started(at=BEGIN).when(end), 90).entries == ()
    found = ahead(started(at=BEGIN), 90, most=5)
    assert (len(found.entries), found.cut_off) == (5, True)
