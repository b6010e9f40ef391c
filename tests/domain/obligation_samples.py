"""Obligations for tests: a daily report, a task with milestones, a letter, and what people do about them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from domain.campaign.plan import DutyKind
from domain.decider import Event
from domain.errors import Rejection
from domain.obligation import commands as c
from domain.obligation.decisions import decide
from domain.obligation.due import ObligationDue, next_due
from domain.obligation.events import OBLIGATION_EVENTS, ObligationEvent
from domain.obligation.following import wait_until
from domain.obligation.state import OBLIGATIONS, Obligation, evolve, running_clock
from domain.obligation.values import DutyOwed, LetterOwed, MilestonePlan, Quantity
from domain.rulebook.rulebook import Rulebook
from tests.domain.clocks import november, working_days, working_hours
from tests.domain.item_samples import AFTER, HANDLER, INSPECTOR, OFFICE, RULES, SERVICE, text
from tests.domain.scenario import PACE, Deed

E = TypeVar("E", bound=Event)
START = november(16, 9)  # a Monday
OBLIGATION = UUID("5d1f7a10-3c55-5b7e-8a21-6a2f0c9b4e01")


@dataclass(frozen=True)
class Owing:
    """An obligation with its history, the rules and the time; ``outcome`` is what the last deed led to."""

    now: datetime = START - PACE
    rules: Rulebook = RULES
    obligation: Obligation | None = None
    history: tuple[ObligationEvent, ...] = ()
    outcome: tuple[ObligationEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Owing":
        after = self
        for deed in deeds:
            after = after.settled()._done(deed)
        return after

    def then(self, *types: type[Event]) -> "Owing":
        self.settled()
        assert [type(event) for event in self.led_to] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> "Owing":
        assert type(self.outcome) is reason, self.outcome
        return self

    def settled(self) -> "Owing":
        assert not isinstance(self.outcome, Rejection), self.outcome
        return self

    def stands(self, status: str) -> "Owing":
        assert self.state.status == status
        return self

    @property
    def state(self) -> Any:
        assert self.obligation is not None
        return self.obligation

    @property
    def record(self) -> Any:
        return self.state.record

    @property
    def clock(self) -> Any:
        return running_clock(self.state)

    @property
    def due(self) -> ObligationDue | None:
        return next_due(self.state)

    @property
    def waits_until(self) -> ObligationDue | None:
        return wait_until(self.state, self.now, self.rules)

    @property
    def led_to(self) -> tuple[ObligationEvent, ...]:
        return () if isinstance(self.outcome, Rejection) else self.outcome

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.history if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def _done(self, deed: Deed) -> "Owing":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.obligation, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        obligation = self.obligation
        for event in events:
            assert OBLIGATION_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            obligation = evolve(obligation, event)
        assert obligation is None or OBLIGATIONS.validate_json(obligation.model_dump_json()) == obligation
        return replace(self, now=now, obligation=obligation, history=self.history + events, outcome=events)


def _new(title: str, unit: str = "city-management") -> dict[str, Any]:
    return {"obligation_id": OBLIGATION, "campaign_id": "county-2026", "unit": unit, "title": text(title)}


DAILY = DutyOwed(
    phase_id="rectification",
    duty_id="daily-report",
    duty_kind=DutyKind.DAILY_REPORT,
    occurrence=START,
    quantities=(text("清理小广告（张）"), text("清运垃圾（吨）")),
)
MATERIAL = DutyOwed(phase_id="rectification", duty_id="ledger", duty_kind=DutyKind.ARCHIVE_MATERIAL, occurrence=START)
DONE = (Quantity(kind="清理小广告（张）", amount=Decimal(1200)), Quantity(kind="清运垃圾（吨）", amount=Decimal("3.5")))
# The sample policy has no ladder for duties: they climb that of rectification.
assign_duty = Deed(c.AssignDuty, SERVICE, {**_new("日报"), "owed": DAILY, "limit": working_hours(4)}, START)
assign_material = assign_duty.with_(owed=MATERIAL, title=text("网报材料"))
assign_task = Deed(
    c.AssignTask,
    OFFICE,
    {
        **_new("测评体系第三项分解"),
        "task_id": "markets",
        "leader": "p-leader",
        "supporting": ("sanitation",),
        "task": "整治农贸市场秩序",
        "responsibility": "城管局主要负责人为第一责任人",
        "indicator": "3.2",
        "inspection_day": date(2026, 12, 15),
        "milestones": (
            MilestonePlan(milestone_id="finished", name=text("全面完成"), days_before=5),
            MilestonePlan(milestone_id="surveyed", name=text("摸底完成"), days_before=22),
        ),
    },
    START,
)
issue_letter = Deed(
    c.IssueLetter,
    OFFICE,
    {
        **_new("责任书"),
        "owed": LetterOwed(letter_id="letter-2026", signatory="p-head"),
        "limit": working_days(3),
    },
    START,
)
report_duty = Deed(c.ReportDuty, HANDLER, {"account": "今日整治东街", "quantities": DONE, "evidence": (AFTER,)})
hand_in = Deed(c.ReportDuty, HANDLER, {"account": "材料已上传", "evidence": (AFTER,)})
progress = Deed(
    c.ReportProgress,
    HANDLER,
    {"percent": 40, "account": "摸底已完成", "reached": ("surveyed",), "evidence": (AFTER,)},
)
complete = Deed(c.SubmitCompletion, HANDLER, {"account": "已全部完成", "evidence": (AFTER,)})
sign = Deed(c.SignLetter, HANDLER, {"evidence": (AFTER,)})
accept = Deed(c.AcceptCompletion, INSPECTOR, {"note": "符合标准"})
send_back = Deed(c.ReturnCompletion, OFFICE, {"reason": "缺少照片", "limit": working_days(2)})
withdraw = Deed(c.WithdrawObligation, OFFICE, {"reason": "任务合并"})
appeal = Deed(c.AppealObligation, HANDLER, {"clock_id": "duty-1", "reason": "系统停机"})
rule_on_appeal = Deed(c.RuleOnObligationAppeal, OFFICE, {"clock_id": "duty-1", "granted": True, "reason": "属实"})
follow_up = Deed(c.FollowUpObligation, SERVICE)
OPENINGS = (assign_duty, assign_task, issue_letter)
DEEDS = (report_duty, progress, complete, sign, accept, send_back, withdraw, appeal, rule_on_appeal, follow_up)


def owed(*deeds: Deed) -> Owing:
    """An obligation about which this was done."""
    return Owing().when(*deeds).settled()
