"""An act from its plan to its end: issued in its time, acknowledged, answered, published, recorded or withdrawn."""

from datetime import timedelta

import pytest

from domain.accountability.rules import Series
from domain.accountability.values import HandCause
from domain.clock import ClockKind
from domain.errors import Forbidden
from domain.item.rejections import CampaignNotInForce, DueInThePast, NotYourUnit
from domain.ladder import Recipient, Rung
from domain.rulebook.rulebook import UnknownArea, UnknownUnit
from domain.supervision import events as e
from domain.supervision import rejections as r
from domain.supervision.permissions import ALLOWED
from domain.supervision.state import ImpossibleActHistoryError, evolve
from domain.supervision.values import ActKind
from tests.domain import act_samples as s
from tests.domain.clocks import november, working_days
from tests.domain.item_samples import EVERYBODY, HANDLER, OFFICE, SERVICE, SQUAD_HANDLER, SWEEPER, rules_with

NOT_A_SUMMONS = [series for series in s.PLANS if series is not Series.SUMMONS]


@pytest.mark.parametrize(
    ("climbed", "issued"),
    [
        (november(16, 10), november(17, 8)),  # within working hours: the next day
        (november(16, 18), november(17, 8)),
        (november(17, 3), november(17, 8)),  # before a working day begins: that day
        (november(17, 8), november(18, 8)),
        (november(20, 17), november(23, 8)),  # Friday: Monday
        (november(21, 11), november(23, 8)),
    ],
)
def test_a_reminder_is_issued_when_the_next_working_day_begins(climbed, issued):
    planned = s.Acting().when(s.plan_reminder.at(climbed))
    assert planned.due.model_dump() == {"at": issued, "what": "issue"}


def test_a_reminder_by_hand_is_issued_when_the_next_working_day_begins_too():
    planned = s.Acting().when(s.plan_by_hand.with_(kind=ActKind.REMINDER))
    assert planned.due.at == november(17, 8)


@pytest.mark.parametrize("series", [series for series in s.PLANS if series is not Series.REMINDER])
def test_everything_else_is_issued_at_once_but_in_working_hours(series):
    assert s.Acting().when(s.PLANS[series]).due.at == s.START
    assert s.Acting().when(s.PLANS[series].at(november(16, 13))).due.at == november(16, 14)
    assert s.Acting().when(s.PLANS[series].at(november(21, 13))).due.at == november(23, 8)


def test_the_office_issues_by_hand_at_any_hour():
    planned = s.Acting().when(s.plan_by_hand.at(november(21, 23)))
    assert planned.due.at == planned.waits_until.at == november(21, 23)


def test_what_is_late_to_be_issued_waits_for_working_hours():
    planned = s.Acting().when(s.plan_order)
    assert s.Acting(now=november(16, 20), act=planned.act).waits_until.at == november(17, 8)
    assert s.Acting(now=november(17, 9), act=planned.act).waits_until.at == november(17, 9)


def test_nothing_is_issued_before_its_instant():
    s.Acting().when(s.plan_reminder, s.issue(Series.REMINDER)).rejected(r.NotYetToBeIssued)


def test_a_plan_names_policy_recipients_and_who_summons():
    order = s.Acting().when(s.plan_order).last(e.ActPlanned)
    assert (order.policy_version, order.points, order.answer_by) == ("city@1", 2, november(18, 10))
    assert order.recipients == (Recipient.HANDLER, Recipient.UNIT_HEAD, Recipient.SPONSOR)
    assert order.summoned_by is None
    assert s.Acting().when(s.plan_summons).last(e.ActPlanned).summoned_by == "campaign_office"
    by_leader = s.plan_summons.with_(summoned_by="city_leader", recipients=(Recipient.UNIT_HEAD,))
    planned = s.Acting().when(by_leader).last(e.ActPlanned)
    assert (planned.summoned_by, planned.recipients) == ("city_leader", (Recipient.UNIT_HEAD,))
    assert Recipient.OFFICE in s.Acting().when(s.plan_card).last(e.ActPlanned).recipients


@pytest.mark.parametrize("series", NOT_A_SUMMONS)
def test_once_issued_nothing_follows_by_itself_and_the_unit_may_acknowledge_and_answer(series):
    act = s.issued(series).stands("issued")
    assert act.due is None
    assert act.last(e.ActIssued).number.series is series
    assert [document.format for document in act.last(e.ActIssued).documents] == ["docx", "pdf"]
    answered = act.when(s.acknowledge).then(e.ActAcknowledged).when(s.answer).then(e.ActAnswered).stands("issued")
    assert answered.file.answered.account == "摊点已全部清退"
    assert answered.file.acknowledged_at == answered.history[-2].occurred_at


def test_whoever_answers_has_received_it_and_may_add_to_the_answer():
    answered = s.issued(Series.ORDER).when(s.answer)
    answered.when(s.acknowledge).rejected(r.ActAlreadyAcknowledged)
    twice = answered.when(s.answer.with_(account="补充材料").at(november(20, 9)))
    assert twice.file.answered.account == "补充材料"
    assert twice.last(e.ActAnswered).late
    assert not twice.file.answered_late


def test_an_answer_after_the_instant_the_order_names_is_late():
    order = s.issued(Series.ORDER)
    assert not order.when(s.answer.at(november(18, 10))).file.answered_late
    assert order.when(s.answer.at(november(18, 10, 1))).file.answered_late
    assert not s.issued(Series.CRITICISM).when(s.answer.at(november(30, 10))).file.answered_late


def test_a_unit_below_may_answer_and_another_may_not():
    order = s.issued(Series.ORDER)
    answered = order.when(s.acknowledge.by(SQUAD_HANDLER)).settled()
    assert answered.last(e.ActAcknowledged).unit == "city-management"
    order.when(s.acknowledge.by(SWEEPER)).rejected(NotYourUnit)
    order.when(s.answer.by(SWEEPER)).rejected(NotYourUnit)


def test_a_criticism_is_published_once_and_nothing_else_is():
    published = s.issued(Series.CRITICISM).when(s.publish).then(e.CriticismPublished).stands("published")
    assert published.file.published.bulletin == "第 12 期"
    published.when(s.publish).rejected(r.ActNotInStep)
    published.when(s.answer).then(e.ActAnswered).stands("published")
    s.issued(Series.ORDER).when(s.publish).rejected(r.WrongKindOfAct)
    s.Acting().when(s.plan_criticism, s.publish).rejected(r.ActNotInStep)


def test_a_summons_waits_for_its_record():
    summons = s.issued(Series.SUMMONS).stands("summoned")
    assert summons.clock.kind is ClockKind.RECORD
    assert summons.due.model_dump() == {"at": november(23, 10), "what": "overdue"}  # five working days
    recorded = summons.when(s.acknowledge, s.record).then(e.InterviewRecorded).stands("recorded")
    assert recorded.due is None
    assert not recorded.file.recorded.late
    assert recorded.file.recorded.undertaking == "一周内整改到位"
    recorded.when(s.record).rejected(r.ActNotInStep)
    recorded.when(s.answer).rejected(r.ActNotInStep)


def test_a_late_record_is_marked_once_and_filed_as_late():
    summons = s.issued(Series.SUMMONS)
    assert summons.when(s.follow_up.at(november(23, 9))).led_to == ()
    marked = summons.when(s.follow_up.at(november(23, 10))).then(e.RecordFellOverdue).stands("summoned")
    assert marked.due is None
    assert marked.when(s.follow_up).led_to == ()
    late = marked.when(s.record.at(november(24, 10))).then(e.InterviewRecorded)
    assert late.file.recorded.late
    by_itself = summons.when(s.record.at(november(24, 10))).then(e.RecordFellOverdue, e.InterviewRecorded)
    assert by_itself.file.recorded.late
    assert not summons.when(s.record.at(november(23, 10))).file.recorded.late


def test_the_policy_says_how_long_a_record_may_take():
    rules = rules_with(accountability={"limits": {"record": working_days(1)}})
    act = s.Acting(rules=rules).when(s.plan_summons.with_(campaign_id=None), s.issue(Series.SUMMONS).at(s.START))
    assert act.due.at == november(17, 10)
    assert act.clock.policy_version == "city@2"


def test_an_interview_is_recorded_by_somebody_else_and_after_it_was_held():
    summons = s.issued(Series.SUMMONS)
    summons.when(s.record.by(s.OWN_LEADER)).rejected(r.RecordedByOwnUnit)
    summons.when(s.record.by(s.OWN_OFFICE)).rejected(r.RecordedByOwnUnit)
    summons.when(s.record.by(OFFICE)).then(e.InterviewRecorded)
    summons.when(s.record.with_(held_at=november(18, 9))).rejected(r.InterviewInTheFuture)
    summons.when(s.record.with_(held_at=november(16, 9))).rejected(r.InterviewBeforeSummons)
    s.issued(Series.ORDER).when(s.record).rejected(r.WrongKindOfAct)
    s.Acting().when(s.plan_summons, s.record).rejected(r.ActNotInStep)


@pytest.mark.parametrize("series", s.PLANS)
def test_the_office_withdraws_until_it_is_published_or_recorded(series):
    s.Acting().when(s.PLANS[series], s.withdraw).then(e.ActWithdrawn).stands("withdrawn")
    withdrawn = s.issued(series).when(s.withdraw).then(e.ActWithdrawn).stands("withdrawn")
    assert withdrawn.due is None
    for deed in (s.acknowledge, s.answer, s.withdraw, s.issue(series)):
        withdrawn.when(deed).rejected(r.ActNotInStep)
    assert withdrawn.when(s.follow_up).led_to == ()


def test_what_is_published_or_recorded_is_not_withdrawn_any_more():
    s.issued(Series.CRITICISM).when(s.publish, s.withdraw).rejected(r.ActNotInStep)
    s.issued(Series.SUMMONS).when(s.record, s.withdraw).rejected(r.ActNotInStep)


def test_the_service_withdraws_only_what_is_not_issued():
    s.Acting().when(s.plan_order, s.withdraw_by_service).then(e.ActWithdrawn)
    s.issued(Series.ORDER).when(s.withdraw_by_service).rejected(r.ActNotInStep)


def test_nobody_withdraws_the_act_against_their_own_unit():
    s.issued(Series.ORDER).when(s.withdraw.by(s.OWN_OFFICE)).rejected(r.WithdrawnByOwnUnit)


@pytest.mark.parametrize("series", s.PLANS)
def test_an_act_is_planned_once_and_issued_once(series):
    planned = s.Acting().when(s.PLANS[series])
    planned.when(s.PLANS[series]).rejected(r.ActAlreadyPlanned)
    s.issued(series).when(s.issue(series)).rejected(r.ActNotInStep)


def test_a_number_of_another_series_or_none_is_a_programming_error():
    planned = s.Acting().when(s.plan_order)
    with pytest.raises(r.NumberNotGivenError):
        planned.when(s.issue(Series.REMINDER))
    with pytest.raises(r.NumberNotGivenError):
        planned.when(s.issue(Series.ORDER).with_(number=None))


@pytest.mark.parametrize("deed", [s.issue(Series.ORDER), s.answer, s.withdraw, s.follow_up])
def test_nothing_can_be_done_about_an_act_that_was_never_planned(deed):
    s.Acting().when(deed).rejected(r.NoSuchAct)


def test_an_act_fits_its_cause():
    s.Acting().when(s.plan_order.with_(kind=ActKind.SUMMONS)).rejected(r.ActDoesNotFitCause)
    s.Acting().when(s.plan_order.by(OFFICE)).rejected(r.ActDoesNotFitCause)
    s.Acting().when(s.plan_card.by(OFFICE)).rejected(r.ActDoesNotFitCause)
    s.Acting().when(s.plan_by_hand.by(SERVICE)).rejected(r.ActDoesNotFitCause)
    warned = s.plan_order.with_(cause=s.rung_cause(Rung.WARN))
    s.Acting().when(warned).rejected(r.ActDoesNotFitCause)


@pytest.mark.parametrize("kind", ActKind)
def test_by_hand_any_kind_can_be_asked_for(kind):
    s.Acting().when(s.plan_by_hand.with_(kind=kind)).then(e.ActPlanned)


@pytest.mark.parametrize("kind", ActKind)
def test_only_of_a_summons_it_is_said_who_summons(kind):
    asked = s.Acting().when(s.plan_by_hand.with_(kind=kind, summoned_by="city_leader"))
    if kind is ActKind.SUMMONS:
        assert asked.then(e.ActPlanned).file.planned.summoned_by == "city_leader"
    else:
        asked.rejected(r.SummonerOfNoSummons)


def test_what_is_named_by_hand_must_exist():
    s.Acting().when(s.plan_by_hand.with_(unit="nowhere")).rejected(UnknownUnit)
    s.Acting().when(s.plan_by_hand.with_(area="nowhere")).rejected(UnknownArea)
    s.Acting().when(s.plan_by_hand.with_(campaign_id="nowhere")).rejected(CampaignNotInForce)
    s.Acting().when(s.plan_by_hand.with_(answer_by=s.START)).rejected(DueInThePast)
    s.Acting().when(s.plan_order.with_(unit="old-squad")).rejected(UnknownUnit)


def test_a_rung_that_was_climbed_long_ago_still_brings_its_act():
    late = s.plan_order.at(november(30, 10)).with_(campaign_id="ended-2025", area="drowned")
    s.Acting().when(late).then(e.ActPlanned)


def test_every_role_gives_only_its_own_commands():
    commands = {type(deed.as_command(s.START)): deed for deed in _every_deed()}
    assert set(commands) == set(ALLOWED)
    for command, deed in commands.items():
        for actor in EVERYBODY:
            if actor.role not in ALLOWED[command]:
                s.issued(Series.ORDER).when(deed.by(actor)).rejected(Forbidden)


def test_time_never_goes_back():
    order = s.issued(Series.ORDER)
    early = order.when(s.acknowledge.at(s.START - timedelta(minutes=5)))
    assert early.last(e.ActAcknowledged).occurred_at == s.START


def test_a_history_that_cannot_be_is_noticed():
    planned, issued = s.issued(Series.ORDER).history
    withdrawn = s.issued(Series.ORDER).when(s.withdraw).state
    overdue = s.issued(Series.SUMMONS).when(s.follow_up.at(november(23, 10))).led_to[0]
    for state, event in (
        (None, issued),
        (withdrawn, issued),
        (withdrawn, planned),
        (s.issued(Series.ORDER).state, overdue),
    ):
        with pytest.raises(ImpossibleActHistoryError):
            evolve(state, event)


@pytest.mark.parametrize(
    ("series", "deeds", "damage"),
    [
        (Series.ORDER, (), "issue"),  # twice
        (Series.SUMMONS, (), "publish"),
        (Series.ORDER, (), "publish"),
        (Series.CRITICISM, ("publish",), "publish"),
        (Series.CRITICISM, ("publish",), "withdraw"),
        (Series.SUMMONS, ("record",), "acknowledge"),
        (Series.SUMMONS, ("record",), "record"),
        (Series.ORDER, (), "record"),
    ],
)
def test_no_event_is_folded_into_an_act_that_it_cannot_follow_on(series, deeds, damage):
    act = s.issued(series)
    for deed in deeds:
        act = act.when(getattr(s, deed))
    with pytest.raises(ImpossibleActHistoryError):
        evolve(act.state, _damages()[damage])


@pytest.mark.parametrize("damage", ["publish", "record", "acknowledge", "answer"])
@pytest.mark.parametrize("series", s.PLANS)
def test_what_is_not_issued_yet_is_neither_with_the_unit_nor_published_nor_recorded(series, damage):
    with pytest.raises(ImpossibleActHistoryError):
        evolve(s.Acting().when(s.PLANS[series]).state, _damages()[damage])


def test_an_order_has_no_clock_and_a_summons_has_one():
    order, summons = s.issued(Series.ORDER), s.issued(Series.SUMMONS)
    for plan, other in ((s.plan_order, summons), (s.plan_summons, order)):
        with pytest.raises(ImpossibleActHistoryError):
            evolve(s.Acting().when(plan).state, other.last(e.ActIssued))


def _damages():
    """An event of each name that did happen, to another act."""
    order, summons, criticism = (s.issued(each) for each in (Series.ORDER, Series.SUMMONS, Series.CRITICISM))
    return {
        "issue": order.last(e.ActIssued),
        "acknowledge": order.when(s.acknowledge).last(e.ActAcknowledged),
        "answer": order.when(s.answer).last(e.ActAnswered),
        "publish": criticism.when(s.publish).last(e.CriticismPublished),
        "record": summons.when(s.record).last(e.InterviewRecorded),
        "withdraw": order.when(s.withdraw).last(e.ActWithdrawn),
    }


def _every_deed():
    by_hand = s.plan_by_hand.with_(cause=HandCause(reason="督查"))
    return (
        by_hand,
        s.issue(Series.ORDER),
        s.acknowledge.by(HANDLER),
        s.answer,
        s.publish,
        s.record,
        s.withdraw,
        s.follow_up,
    )
