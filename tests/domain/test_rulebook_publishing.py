"""Publishing: each version of a document once, in order, by the office, naming only what exists."""

from dataclasses import replace

import pytest

from domain.accountability.rules import AccountabilityRules, RankingRule, RankingStep
from domain.actor import Role
from domain.errors import Forbidden
from domain.rulebook.commands import PublishCalendar, PublishCatalogue, PublishPolicy, PublishStandard
from domain.rulebook.decisions import PointsWithoutAct, UnknownDocument, VersionOutOfOrder, decide, evolve
from domain.rulebook.documents import CalendarDocument, Catalogue, Category
from domain.rulebook.events import CalendarPublished, CataloguePublished, PolicyPublished, StandardPublished
from domain.rulebook.rulebook import UnknownArea, UnknownUnit
from domain.rulebook.standard import Standard, StandardNode
from tests.domain.calendars import CHINA_2027
from tests.domain.item_samples import ADMINISTRATOR, EVERYBODY, OFFICE, POLICY, RULES, START, text

POLICY_2 = POLICY.model_copy(update={"version": 2})
CATALOGUE_2 = Catalogue(catalogue_id="city", version=2, categories=(Category(code="noise", name=text("噪音")),))
CALENDAR_2 = CalendarDocument(calendar_id="cn", version=2, calendar=CHINA_2027)
STANDARD_1 = Standard(
    standard_id="city",
    version=1,
    name=text("测评体系"),
    nodes=(StandardNode(code="1", name=text("环境卫生"), unit="sanitation"),),
)
DOCUMENTS = pytest.mark.parametrize(
    ("command", "document", "event"),
    [
        (PublishPolicy, POLICY_2, PolicyPublished),
        (PublishCatalogue, CATALOGUE_2, CataloguePublished),
        (PublishCalendar, CALENDAR_2, CalendarPublished),
        (PublishStandard, STANDARD_1, StandardPublished),
    ],
    ids=["policy", "catalogue", "calendar", "standard"],
)


def publish(command, document, *, actor=OFFICE, rules=RULES, state=None):
    return decide(command(command_id="publish", at=START, actor=actor, document=document), state, rules)


@DOCUMENTS
def test_the_next_version_is_published_and_stands_as_given(command, document, event):
    (published,) = publish(command, document)
    assert type(published) is event
    assert evolve(None, published) == document


@DOCUMENTS
@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
def test_office_and_administrators_publish_and_nobody_else(command, document, event, actor):
    if actor.role in (Role.OFFICE, Role.ADMINISTRATOR):
        assert publish(command, document, actor=actor)
    else:
        with pytest.raises(Forbidden):
            publish(command, document, actor=actor)


@DOCUMENTS
def test_a_version_that_stands_is_never_published_again(command, document, event):
    with pytest.raises(VersionOutOfOrder):
        publish(command, document, state=document, actor=ADMINISTRATOR)


@pytest.mark.parametrize("version", [1, 3])
def test_versions_neither_repeat_nor_leave_one_out(version):
    with pytest.raises(VersionOutOfOrder):
        publish(PublishPolicy, POLICY.model_copy(update={"version": version}))


def test_the_first_version_of_a_name_is_one():
    rehearsal = POLICY.model_copy(update={"policy_id": "rehearsal"})
    assert publish(PublishPolicy, rehearsal)
    with pytest.raises(VersionOutOfOrder):
        publish(PublishPolicy, rehearsal.model_copy(update={"version": 2}))


@pytest.mark.parametrize("missing", ["calendars", "catalogues"])
def test_a_policy_needs_its_calendar_and_its_catalogue(missing):
    with pytest.raises(UnknownDocument):
        publish(PublishPolicy, POLICY_2, rules=replace(RULES, **{missing: {}}))


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"unit": "nobody"}, UnknownUnit),
        ({"unit": "old-squad"}, UnknownUnit),
        ({"unit": "sanitation", "supporting": ("nobody",)}, UnknownUnit),
        ({"unit": "sanitation", "area": "nowhere"}, UnknownArea),
        ({"unit": "sanitation", "category": "noise"}, UnknownDocument),
    ],
)
def test_routing_names_units_areas_and_categories_that_exist(rule, reason):
    policy = type(POLICY).model_validate({**POLICY_2.model_dump(), "routing": [rule]})
    with pytest.raises(reason):
        publish(PublishPolicy, policy)


def test_points_of_a_ranking_need_an_act_to_go_with():
    first = RankingStep(act="summons", points=2)
    rules = AccountabilityRules(rankings=(RankingRule(steps=(first, RankingStep(opens_case=True, points=3))),))
    with pytest.raises(PointsWithoutAct) as refused:
        publish(PublishPolicy, POLICY_2.model_copy(update={"accountability": rules}))
    assert refused.value.facts == {"rule": 1, "step": 2}
    both = RankingStep(act="red_card", opens_case=True, points=3)
    rules = AccountabilityRules(rankings=(RankingRule(steps=(first, both)),))
    assert publish(PublishPolicy, POLICY_2.model_copy(update={"accountability": rules}))


def test_routing_is_checked_against_the_newest_catalogue():
    rules = replace(RULES, catalogues={**RULES.catalogues, CATALOGUE_2.ref: CATALOGUE_2})
    routing = [{"category": "noise", "unit": "sanitation"}]
    assert publish(
        PublishPolicy, type(POLICY).model_validate({**POLICY_2.model_dump(), "routing": routing}), rules=rules
    )


def test_the_lead_unit_of_a_category_exists():
    led = Category(code="noise", name=text("噪音"), lead_unit="nobody")
    with pytest.raises(UnknownUnit):
        publish(PublishCatalogue, Catalogue(catalogue_id="city", version=2, categories=(led,)))


def test_versions_of_a_standard_come_in_order():
    rules = replace(RULES, standards={STANDARD_1.ref: STANDARD_1})
    assert publish(PublishStandard, STANDARD_1.model_copy(update={"version": 2}), rules=rules)
    with pytest.raises(VersionOutOfOrder):
        publish(PublishStandard, STANDARD_1.model_copy(update={"version": 3}), rules=rules)


@pytest.mark.parametrize("unit", ["nobody", "old-squad"])
def test_the_units_that_lead_on_a_standard_exist_however_deep_they_stand(unit):
    below = StandardNode(code="1.1", name=text("垃圾"), unit=unit)
    heading = StandardNode(code="1", name=text("环境卫生"), children=(below,))
    with pytest.raises(UnknownUnit):
        publish(PublishStandard, STANDARD_1.model_copy(update={"nodes": (heading,)}))
