"""The rulebook: which version is in force, whose limit counts, and where an issue is sent."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from domain.clock import ClockKind
from domain.ladder import STANDARD_LADDER, Ladder
from domain.limits import Limit, LimitKind
from domain.organisation.state import Area
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy, RoutingRule
from domain.rulebook.regime import Route, UnknownCategory
from domain.rulebook.rulebook import NoPolicyPublished, Rulebook, UnknownArea, UnknownUnit, UnknownVersionError
from tests.domain.calendars import CHINA, CHINA_2027
from tests.domain.clocks import working_days
from tests.domain.item_samples import AREAS, CATALOGUE, POLICY, RULES, RULES_WITH_2027, rules_with, text


def routed(*rules: RoutingRule) -> Rulebook:
    return rules_with(routing=[rule.model_dump() for rule in rules])


def with_categories(*categories: Category) -> Rulebook:
    newer = Catalogue(catalogue_id="city", version=2, categories=categories)
    return replace(RULES, catalogues={**RULES.catalogues, newer.ref: newer})


class TestVersions:
    def test_the_newest_policy_calendar_and_catalogue_are_in_force(self):
        assert rules_with(name=text("新").model_dump()).regime().policy.ref == "city@2"
        assert RULES_WITH_2027.regime().calendar.version == "cn@2"
        assert with_categories(Category(code="noise", name=text("噪音"))).regime().category("noise").code == "noise"

    def test_versions_count_as_numbers(self):
        many = {f"city@{number}": POLICY.model_copy(update={"version": number}) for number in (1, 2, 9, 10)}
        assert replace(RULES, policies=many).regime().policy.version == 10

    def test_older_versions_stay_at_hand(self):
        assert rules_with(max_extensions=0).policy("city@1").max_extensions == 2
        assert RULES_WITH_2027.calendar("cn@1") == CHINA

    def test_a_version_nobody_loaded_is_not_confused_with_a_refusal(self):
        with pytest.raises(UnknownVersionError):
            RULES.policy("city@7")
        with pytest.raises(UnknownVersionError):
            RULES.calendar("cn@7")

    def test_policies_calendars_and_catalogues_of_other_names_are_not_in_force(self):
        other = POLICY.model_copy(update={"policy_id": "rehearsal", "version": 5})
        assert replace(RULES, policies={**RULES.policies, other.ref: other}).regime().policy == POLICY

    def test_without_rules_nothing_can_be_decided(self):
        for empty in (
            Rulebook(),
            replace(RULES, policies={}),
            replace(RULES, calendars={}),
        ):
            with pytest.raises(NoPolicyPublished):
                _ = empty.regime().calendar
        with pytest.raises(NoPolicyPublished):
            replace(RULES, catalogues={}).regime().category("stalls")


class TestLookingUp:
    def test_what_is_unknown_or_no_longer_in_use_is_refused(self):
        with pytest.raises(UnknownCategory):
            RULES.regime().category("noise")
        for unit in ("nobody", "old-squad"):
            with pytest.raises(UnknownUnit):
                RULES.unit(unit)
        for area in ("nowhere", "drowned"):
            with pytest.raises(UnknownArea):
                RULES.area(area)

    def test_the_category_has_the_first_word_on_limits(self):
        own = Category(
            code="stalls", name=text("摊点"), limits={ClockKind.RECTIFY: working_days(5)}, rework=working_days(3)
        )
        rules = with_categories(own, Category(code="litter", name=text("垃圾"), rechecked=False))
        assert rules.regime().limit("stalls", ClockKind.RECTIFY) == working_days(5)
        assert rules.regime().limit("stalls", ClockKind.CHECK) == working_days(1)
        assert rules.regime().limit("litter", ClockKind.RECTIFY) == working_days(1)
        assert rules.regime().rework_limit("stalls") == working_days(3)
        assert rules.regime().rework_limit("litter") == Limit(kind=LimitKind.WORKING_HOURS, amount=4)

    def test_what_is_not_rechecked_has_no_recheck_clock_even_with_a_limit_for_it(self):
        own = Category(code="stalls", name=text("摊点"), limits={ClockKind.RECHECK: working_days(5)}, rechecked=False)
        assert with_categories(own).regime().limit("stalls", ClockKind.RECHECK) is None

    def test_without_a_rework_limit_that_of_the_work_counts(self):
        assert rules_with(rework=None).regime().rework_limit("stalls") == working_days(1)

    def test_an_item_of_a_category_that_was_dropped_keeps_the_limits_of_the_policy(self):
        rules = with_categories(Category(code="litter", name=text("垃圾")))
        assert rules.regime().limit("stalls", ClockKind.CHECK) == working_days(1)
        assert rules.regime().rework_limit("stalls") == Limit(kind=LimitKind.WORKING_HOURS, amount=4)


class TestTrees:
    def test_lineage_and_what_lies_below_are_two_views_of_one_tree(self):
        assert list(RULES.area_lineage("east-1")) == ["east-1", "east", "city"]
        assert RULES.areas_below("city") == {"city", "east", "east-1", "drowned"}
        assert RULES.unit_lineage("market-squad") == ("city-management",)
        assert RULES.units_below("city-management") == {"city-management", "market-squad"}

    def test_a_circle_in_the_tree_ends_the_walk(self):
        circle = {
            "a": Area(code="a", name=text("甲"), kind="grid", parent="b"),
            "b": Area(code="b", name=text("乙"), kind="grid", parent="a"),
        }
        rules = replace(RULES, areas=circle)
        assert list(rules.area_lineage("a")) == ["a", "b"]
        assert rules.areas_below("a") == {"a", "b"}


class TestRouting:
    def test_without_a_rule_the_lead_unit_of_the_category_gets_it_and_else_the_owner_of_the_nearest_area(self):
        assert RULES.route("stalls", "east-1") == Route("city-management")
        assert RULES.route("litter", "east-1") == Route("east-street")
        assert RULES.route("litter", "city") is None

    def test_the_nearest_area_wins_over_a_rule_for_the_category_further_away(self):
        rules = routed(
            RoutingRule(category="stalls", area="city", unit="sanitation"),
            RoutingRule(area="east", unit="east-street"),
        )
        assert rules.route("stalls", "east-1") == Route("east-street")
        assert rules.route("stalls", "city") == Route("sanitation")

    def test_within_one_area_a_rule_for_the_category_wins(self):
        rules = routed(
            RoutingRule(area="east", unit="east-street"), RoutingRule(category="stalls", area="east", unit="sanitation")
        )
        assert rules.route("stalls", "east-1") == Route("sanitation")
        assert rules.route("litter", "east-1") == Route("east-street")

    def test_a_rule_without_an_area_holds_everywhere(self):
        assert routed(RoutingRule(category="litter", unit="sanitation")).route("litter", "city") == Route("sanitation")
        assert routed(RoutingRule(unit="sanitation")).route("stalls", "city") == Route("sanitation")

    def test_the_first_of_two_equal_rules_counts(self):
        rules = routed(RoutingRule(area="east", unit="east-street"), RoutingRule(area="east", unit="sanitation"))
        assert rules.route("litter", "east") == Route("east-street")

    def test_dissolved_units_get_nothing(self):
        rules = routed(
            RoutingRule(area="east-1", unit="old-squad"),
            RoutingRule(area="east", unit="sanitation", supporting=("old-squad", "east-street")),
        )
        assert rules.route("litter", "east-1") == Route("sanitation", ("east-street",))

    def test_a_dissolved_owner_leaves_it_to_the_owner_above(self):
        areas = {**AREAS, "east-1": AREAS["east-1"].model_copy(update={"owner": "old-squad"})}
        assert replace(RULES, areas=areas).route("litter", "east-1") == Route("east-street")


class TestDocuments:
    def test_a_policy_has_a_limit_for_every_step_but_the_recheck(self):
        steps = ("register", "dispatch", "accept", "rectify", "check", "close")
        limits = {ClockKind(step): POLICY.limits[ClockKind(step)] for step in steps}
        assert Policy.model_validate({**POLICY.model_dump(), "limits": limits}).limits == limits
        for step in steps:
            fewer = {kind: limit for kind, limit in limits.items() if kind is not ClockKind(step)}
            with pytest.raises(ValidationError):
                Policy.model_validate({**POLICY.model_dump(), "limits": fewer})

    def test_a_policy_grants_at_most_two_extensions(self):
        with pytest.raises(ValidationError):
            rules_with(max_extensions=3)

    def test_a_step_without_a_ladder_climbs_nothing(self):
        assert POLICY.ladder(ClockKind.RECTIFY) == STANDARD_LADDER
        assert POLICY.ladder(ClockKind.CHECK) == Ladder()

    def test_a_catalogue_has_each_category_once(self):
        with pytest.raises(ValidationError):
            Catalogue(catalogue_id="city", version=1, categories=(*CATALOGUE.categories, CATALOGUE.categories[0]))

    def test_a_calendar_names_the_version_it_is_published_under(self):
        with pytest.raises(ValidationError):
            CalendarDocument(calendar_id="cn", version=1, calendar=CHINA_2027)

    @pytest.mark.parametrize("document", [POLICY, CATALOGUE, *RULES_WITH_2027.calendars.values()])
    def test_a_document_reads_back_what_it_wrote(self, document):
        assert type(document).model_validate_json(document.model_dump_json()) == document
