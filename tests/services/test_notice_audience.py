"""The people and groups behind the roles: heads, sponsors, offices, and nobody who may not see what it is about."""

from uuid import UUID, uuid4

from domain.actor import Role
from domain.channel.state import Channel
from domain.channel.values import BodyServed, ChannelKind, CityServed, PersonServed, Served, UnitServed
from domain.ladder import Recipient
from domain.notice.telling import Audience
from domain.organisation.state import Area, Unit
from domain.principal.state import Principal, Standing
from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from services.notifier.audience import City, Place

STREAM = UUID(int=1)


def text(zh: str) -> Text:
    return Text(zh=zh, en=zh)


def channel(name: str, serves: Served, channel_id: UUID | None = None) -> Channel:
    return Channel(channel_id=channel_id or uuid4(), kind=ChannelKind.WECOM, name=name, serves=serves)


def person(name: str, role: Role, **standing: str) -> Principal:
    return Principal(principal_id=name, standing=Standing(role=role, **standing))


RULES = Rulebook(
    units={
        unit.code: unit
        for unit in (
            Unit(code="bureau", name=text("局"), head="chief"),
            Unit(code="team", name=text("队"), parent="bureau", head="gone"),
            Unit(code="bank", name=text("银行"), head="banker"),
        )
    },
    areas={
        area.code: area
        for area in (
            Area(code="city", name=text("市"), kind="city", sponsor="bank"),
            Area(code="east", name=text("东"), kind="street", parent="city", owner="keeper"),
            Area(code="west", name=text("西"), kind="street", parent="city", sponsor="team"),
        )
    },
)
CITY = City(
    rules=RULES,
    principals=[
        person("chief", Role.HANDLER, unit="bureau"),
        person("clerk", Role.HANDLER, unit="bureau"),
        person("banker", Role.HANDLER, unit="bank"),
        person("office", Role.OFFICE),
        person("east office", Role.OFFICE, area="east"),
        person("leader", Role.LEADER),
    ],
    channels=[
        channel("bureau", UnitServed(unit="bureau")),
        channel("bank", UnitServed(unit="bank")),
        channel("office", BodyServed(body="office")),
        channel("leaders", BodyServed(body="leading_group")),
        channel("chief", PersonServed(principal="chief")),
        channel("everybody", CityServed()),
        channel("tested", CityServed(), STREAM),
    ],
)


def place(unit: str | None = "bureau", area: str | None = "east", kind: str = "item") -> Place:
    return Place(unit, area, UUID(int=2), kind)


def groups(*who: Audience, area: str | None = "east") -> list[str]:
    return [each.name for each in CITY.groups(who, place(area=area))]


def test_everybody_hears_once_in_whatever_roles() -> None:
    assert CITY.people((Recipient.HANDLER, Recipient.UNIT_HEAD), place()) == ["chief", "clerk"]
    assert groups(Recipient.HANDLER, Recipient.UNIT_HEAD) == ["bureau"]


def test_a_unit_without_handlers_is_reached_through_the_one_above() -> None:
    assert CITY.people((Recipient.HANDLER,), place(unit="team")) == ["chief", "clerk"]


def test_a_head_who_may_not_act_is_not_told() -> None:
    assert CITY.people((Recipient.UNIT_HEAD,), place(unit="team")) == []
    assert CITY.people((Recipient.UNIT_HEAD,), place(unit="nowhere")) == []
    assert CITY.people((Recipient.UNIT_HEAD, Recipient.HANDLER, Recipient.SPONSOR), place(None, None)) == []


def test_the_sponsor_is_the_head_of_the_nearest_areas_sponsoring_unit() -> None:
    assert CITY.people((Recipient.SPONSOR,), place(area="east")) == ["banker"]
    assert groups(Recipient.SPONSOR, area="east") == ["bank"]
    assert CITY.people((Recipient.SPONSOR,), place(area="west")) == []


def test_whoever_is_bound_to_an_area_hears_of_nothing_outside() -> None:
    assert CITY.people((Recipient.OFFICE,), place(area="east")) == ["office", "east office"]
    assert CITY.people((Recipient.OFFICE,), place(area="west")) == ["office"]
    assert CITY.people((Recipient.LEADING_GROUP,), place()) == ["leader"]


def test_nobody_hears_of_acts_and_cases_that_do_not_exist_for_them() -> None:
    for kind in ("act", "case"):
        assert CITY.people((Recipient.OFFICE,), place(area=None, kind=kind)) == ["office"]
        assert CITY.people((Recipient.OFFICE,), place(area="west", kind=kind)) == ["office"]
        assert CITY.people((Recipient.OFFICE,), place(area="east", kind=kind)) == ["office", "east office"]
        assert CITY.people((Recipient.HANDLER,), place(area=None, kind=kind)) == ["chief", "clerk"]
    assert CITY.people((Recipient.SPONSOR,), place(kind="item")) == ["banker"]
    assert CITY.people((Recipient.SPONSOR,), place(kind="case")) == [], "the case of another unit is not the sponsor's"


def test_whoever_is_bound_to_an_area_hears_of_the_obligations_of_its_units_alone() -> None:
    assert CITY.people((Recipient.OFFICE,), place(unit="keeper", area=None, kind="obligation")) == [
        "office",
        "east office",
    ]
    assert CITY.people((Recipient.OFFICE,), place(area=None, kind="obligation")) == ["office"]


def test_bodies_and_the_city_have_groups_and_a_test_goes_to_its_own_channel_alone() -> None:
    assert groups(Recipient.OFFICE, Recipient.LEADING_GROUP) == ["office", "leaders"]
    assert groups("city") == ["everybody", "tested"]
    assert [each.name for each in CITY.groups(("channel",), Place(None, None, STREAM))] == ["tested"]
    assert [each.name for each in CITY.own_channels("chief")] == ["chief"]
