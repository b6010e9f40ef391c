"""A small city for tests about items: its units, areas, rules and people, and the deeds they do."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.item import commands as c
from domain.item.values import Channel, Evidence, Issue, Location
from domain.ladder import STANDARD_LADDER
from domain.limits import Limit, LimitKind
from domain.organisation.state import Area, Unit
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy
from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from tests.domain.calendars import CHINA, CHINA_2027
from tests.domain.clocks import november, working_days
from tests.domain.scenario import PACE, Deed, Scenario

ITEM = UUID("3f6c1c2e-8a0b-5f0e-9a55-0d4a7f3b1c01")
OTHER_ITEM = UUID("3f6c1c2e-8a0b-5f0e-9a55-0d4a7f3b1c02")
NUMBER = "2026-000001"


def text(zh: str) -> Text:
    return Text(zh=zh, en=zh)


def _units(*units: Unit) -> dict[str, Unit]:
    return {unit.code: unit for unit in units}


UNITS = _units(
    Unit(code="city-management", name=text("城管局"), kind="bureau"),
    Unit(code="market-squad", name=text("城管局市容中队"), parent="city-management"),
    Unit(code="sanitation", name=text("环卫中心"), kind="bureau"),
    Unit(code="east-street", name=text("东街街道"), kind="street"),
    Unit(code="inspection", name=text("督查组"), kind="working_group"),
    Unit(code="old-squad", name=text("旧中队"), dissolved=True),
)
AREAS = {
    area.code: area
    for area in (
        Area(code="city", name=text("全市"), kind="city"),
        Area(code="east", name=text("东街"), kind="street", parent="city", owner="east-street"),
        Area(code="east-1", name=text("东街一网格"), kind="grid", parent="east"),
        Area(code="drowned", name=text("已撤销"), kind="village", parent="city", abolished=True),
    )
}
CATALOGUE = Catalogue(
    catalogue_id="city",
    version=1,
    categories=(
        Category(code="stalls", name=text("流动摊点"), lead_unit="city-management"),
        Category(
            code="manholes", name=text("井盖缺失"), lead_unit="city-management", rechecked=False, severity="critical"
        ),
        Category(code="litter", name=text("环境卫生死角")),
    ),
)
POLICY = Policy(
    policy_id="city",
    version=1,
    name=text("全市"),
    calendar_id="cn",
    catalogue_id="city",
    limits={
        **dict.fromkeys(ClockKind, working_days(1)),
        ClockKind.RECHECK: Limit(kind=LimitKind.NATURAL_DAYS, amount=7),
    },
    rework=Limit(kind=LimitKind.WORKING_HOURS, amount=4),
    ladders=dict.fromkeys((ClockKind.ACCEPT, ClockKind.RECTIFY), STANDARD_LADDER),
)
RULES = Rulebook(
    policies={POLICY.ref: POLICY},
    catalogues={CATALOGUE.ref: CATALOGUE},
    calendars={"cn@1": CalendarDocument(calendar_id="cn", version=1, calendar=CHINA)},
    units=UNITS,
    areas=AREAS,
)


def rules_with(**changes: object) -> Rulebook:
    """The city's rules with another policy in force: version 2, changed in these fields."""
    newer = Policy.model_validate({**POLICY.model_dump(), "version": 2, **changes})
    return replace(RULES, policies={**RULES.policies, newer.ref: newer})


RULES_WITH_2027 = replace(
    RULES,
    calendars={**RULES.calendars, "cn@2": CalendarDocument(calendar_id="cn", version=2, calendar=CHINA_2027)},
)
MANUAL_REGISTRATION = rules_with(registration="manual")
MANUAL_DISPATCH = rules_with(dispatching="manual")
CLOSED_BY_OFFICE = rules_with(closes_on_pass=False)
KEPT_OPEN = rules_with(archives_when_held=False)

OFFICE = Actor(principal="user:office", role=Role.OFFICE)
HANDLER = Actor(principal="user:handler", role=Role.HANDLER, unit="city-management")
SQUAD_HANDLER = Actor(principal="user:squad", role=Role.HANDLER, unit="market-squad", lineage=("city-management",))
SWEEPER = Actor(principal="user:sweeper", role=Role.HANDLER, unit="sanitation")
INSPECTOR = Actor(principal="user:inspector", role=Role.INSPECTOR, unit="inspection")
OWN_INSPECTOR = Actor(principal="user:own-inspector", role=Role.INSPECTOR, unit="city-management")
SQUAD_INSPECTOR = Actor(
    principal="user:squad-inspector", role=Role.INSPECTOR, unit="market-squad", lineage=("city-management",)
)
SANITATION_INSPECTOR = Actor(principal="user:sanitation-inspector", role=Role.INSPECTOR, unit="sanitation")
LEADER = Actor(principal="user:leader", role=Role.LEADER)
AUDITOR = Actor(principal="user:auditor", role=Role.AUDITOR)
ADMINISTRATOR = Actor(principal="user:administrator", role=Role.ADMINISTRATOR)
HOTLINE = Actor(principal="system:hotline", role=Role.SYSTEM)
SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
EVERYBODY = (OFFICE, HANDLER, INSPECTOR, LEADER, AUDITOR, HOTLINE, ADMINISTRATOR)

BEFORE = Evidence(uri="https://photos.example/before.jpg", kind="before", sha256="0" * 64, note="整改前")
AFTER = Evidence(uri="https://photos.example/after.jpg", kind="after")
ISSUE = Issue(
    source="hotline-12345",
    source_id="A-1",
    channel=Channel.HOTLINE,
    category="stalls",
    area="east-1",
    title="校门口流动摊点占道",
    description="放学时段占用盲道",
    location=Location(address="东街一号", latitude="31.230416", longitude="121.473701"),
    evidence=(BEFORE,),
    reporter=UUID("9b2f8a3c-0d55-4a57-8d8e-6b1f3d6c2a11"),
)
MANHOLE = ISSUE.model_copy(update={"category": "manholes", "title": "井盖缺失"})
START = november(16, 9)  # a Monday; every deed follows the one before by a minute, unless it says when

_NEW = {"item_id": ITEM, "number": NUMBER, "issue": ISSUE, "reported_at": START - timedelta(minutes=10)}
report = Deed(c.ReportIssue, HOTLINE, _NEW)
report_fixed = Deed(c.ReportFixedOnTheSpot, INSPECTOR, {**_NEW, "evidence": (AFTER,)})
take_over = Deed(c.ImportItem, OFFICE, {**_NEW, "outcome": "rectifying", "unit": "city-management"})
register = Deed(c.RegisterItem, OFFICE)
dispatch = Deed(c.DispatchItem, OFFICE, {"unit": "city-management"})
dispatch_jointly = dispatch.with_(supporting=("sanitation",))
transfer = Deed(c.TransferItem, OFFICE, {"unit": "sanitation", "reason": "属环卫职责"})
transfer_out = Deed(c.TransferItemOut, OFFICE, {"authority": "省公路局", "reason": "省道"})
accept = Deed(c.AcceptItem, HANDLER)
refuse = Deed(c.RefuseItem, HANDLER, {"reason": "不属本单位职责"})
submit = Deed(c.SubmitRectification, HANDLER, {"account": "摊点已清理", "evidence": (AFTER,)})
pass_check = Deed(c.PassCheck, INSPECTOR, {"note": "现场整洁"})
send_back = Deed(c.SendBack, INSPECTOR, {"reason": "仍有垃圾", "evidence": (BEFORE,)})
close = Deed(c.CloseItem, OFFICE)
confirm_recheck = Deed(c.ConfirmRecheck, INSPECTOR, {"evidence": (AFTER,)})
record_recurrence = Deed(
    c.RecordRecurrence, INSPECTOR, {"new_item": OTHER_ITEM, "note": "摊点返潮", "evidence": (BEFORE,)}
)
link_recurrence = Deed(c.LinkRecurrence, SERVICE)
archive = Deed(c.ArchiveItem, OFFICE)
void = Deed(c.VoidItem, OFFICE, {"reason": "误报"})
merge = Deed(c.MergeItem, OFFICE, {"into": OTHER_ITEM, "into_is_open": True, "reason": "同一地点"})
absorb = Deed(c.AbsorbItem, OFFICE, {"item": OTHER_ITEM, "duplicate": "2026-0000002"})
request_extension = Deed(c.RequestExtension, HANDLER, {"by": working_days(2), "reason": "需协调场地"})
grant_extension = Deed(c.GrantExtension, OFFICE)
refuse_extension = Deed(c.RefuseExtension, OFFICE, {"reason": "理由不足"})
suspend = Deed(c.SuspendItem, OFFICE, {"reason": "等待专项资金", "review_on": november(30, 9)})
resume = Deed(c.ResumeItem, OFFICE, {"reason": "资金到位"})
recompute = Deed(c.RecomputeDeadline, OFFICE, {"reason": "新年度放假安排公布"})
apply_regime = Deed(c.ApplyRegime, OFFICE, {"reason": "转入冲刺迎检阶段"})
extend_item = Deed(c.ExtendItem, OFFICE, {"by": working_days(2), "reason": "台风停工"})
appeal = Deed(c.AppealOverdue, HANDLER, {"clock_id": "rectify-1", "reason": "连日暴雨"})
rule_on_appeal = Deed(c.RuleOnAppeal, OFFICE, {"clock_id": "rectify-1", "granted": True, "reason": "属实"})
comment = Deed(c.AddComment, LEADER, {"text": "请加快"})
follow_up = Deed(c.FollowUp, SERVICE)
DEEDS = (
    report,
    report_fixed,
    take_over,
    register,
    dispatch,
    transfer,
    transfer_out,
    accept,
    refuse,
    submit,
    pass_check,
    send_back,
    close,
    confirm_recheck,
    record_recurrence,
    link_recurrence,
    archive,
    void,
    merge,
    absorb,
    request_extension,
    grant_extension,
    refuse_extension,
    suspend,
    resume,
    recompute,
    apply_regime,
    extend_item,
    appeal,
    rule_on_appeal,
    comment,
    follow_up,
)


def given(*deeds: Deed, rules: Rulebook = RULES) -> Scenario:
    """A scenario in the sample city, beginning on a Monday morning, in which this was done."""
    return Scenario(rules, START - PACE).when(*deeds).settled()
