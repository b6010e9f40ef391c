"""Items take the rules of the phase that is in force where they are seen."""

from dataclasses import replace

from domain.clock import ClockKind
from domain.item.events import IssueReported, ItemAccepted
from domain.limits import Limit, LimitKind
from domain.rulebook.rulebook import CampaignInForce
from tests.domain.item_samples import ISSUE, RULES, accept, given, report

HOUR = Limit(kind=LimitKind.URGENT_HOURS, amount=1)
CITY = RULES.regime().policy
SPRINT = CITY.model_copy(update={"policy_id": "sprint", "limits": {**CITY.limits, ClockKind.RECTIFY: HOUR}})


def in_campaign(*areas):
    campaign = CampaignInForce(
        campaign_id="c1",
        policy_id="sprint",
        calendar_id=CITY.calendar_id,
        catalogue_id=CITY.catalogue_id,
        areas=frozenset(areas),
    )
    return replace(RULES, policies={**RULES.policies, SPRINT.ref: SPRINT}, campaigns={"c1": campaign})


def the(kind, life):
    return next(event for event in life.history if isinstance(event, kind))


def test_an_issue_seen_in_the_campaigns_area_belongs_to_it_and_runs_under_its_policy():
    life = given(report, accept, rules=in_campaign(ISSUE.area))
    assert the(IssueReported, life).campaign_id == "c1"
    assert the(ItemAccepted, life).clock.limit == HOUR
    assert the(ItemAccepted, life).clock.policy_version == "sprint@1"


def test_a_campaign_without_areas_covers_the_whole_city():
    assert the(IssueReported, given(report, rules=in_campaign())).campaign_id == "c1"


def test_elsewhere_the_rules_of_the_city_stay():
    life = given(report, accept, rules=in_campaign("no-such-area"))
    assert the(IssueReported, life).campaign_id is None
    assert the(ItemAccepted, life).clock.policy_version == CITY.ref


def test_once_the_campaign_has_ended_new_clocks_run_under_the_citys_rules_again():
    begun = given(report, rules=in_campaign())
    ended = begun.under(replace(RULES, policies={**RULES.policies, SPRINT.ref: SPRINT})).when(accept)
    assert the(ItemAccepted, ended).clock.policy_version == CITY.ref
