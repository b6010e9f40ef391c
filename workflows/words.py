"""What people read in Temporal's web UI: where something stands and what follows, Chinese first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from activities.notices import ItemWatch, Notice, Watch

# All of China keeps one time, without summer time.
_BEIJING = timezone(timedelta(hours=8))
_NOTHING = ("无", "nothing")

Bilingual = tuple[str, str]
_RUNGS: Mapping[str, Bilingual] = {
    "warn": ("预警", "warn"),
    "remind": ("催办", "remind"),
    "supervise": ("督办", "supervise"),
    "criticise": ("通报批评", "criticise"),
    "summon": ("约谈", "summon"),
    "hold_to_account": ("责任追究", "hold to account"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The steps of one kind of thing, and what falls due on it, each in two languages."""

    steps: Mapping[str, Bilingual]
    dues: Mapping[str, Bilingual]

    def due(self, name: str) -> str:
        """What falls due, in both languages."""
        return " · ".join(self.dues.get(name, (name,)))

    def waiting_for(self, notice: Notice) -> str:
        """One line in two languages: the step, and what follows when."""
        step_zh, step_en = self.steps.get(notice.step, (notice.step, notice.step))
        if notice.next_due is None:
            return f"{step_zh} · {step_en}"
        due_zh, due_en = self.dues.get(notice.next_due, (notice.next_due, notice.next_due))
        when = _local(notice.next_due_at)
        return f"{step_zh}，{when} {due_zh} · {step_en}, {due_en} at {when}"

    def details(self, watch: ItemWatch | Watch, notice: Notice) -> str:
        """How it stands at a glance, as Markdown."""
        step_zh, step_en = self.steps.get(notice.step, (notice.step, notice.step))
        rung_zh, rung_en = self.dues.get(notice.rung, _NOTHING) if notice.rung else _NOTHING
        due_zh, due_en = self.dues.get(notice.next_due, (notice.next_due,) * 2) if notice.next_due else _NOTHING
        when, deadline = _local(notice.next_due_at), _local(notice.due_at)
        return (
            f"**{title_of(watch)}**\n\n"
            f"- 当前环节：{step_zh}；责任单位：{notice.unit or '—'}；时限：{deadline}\n"
            f"- 督办级别：{rung_zh}；下一步：{due_zh} {when}\n\n"
            f"- Step: {step_en}; unit: {notice.unit or '—'}; deadline: {deadline}\n"
            f"- Highest rung: {rung_en}; next: {due_en} {when}\n"
        )


def title_of(watch: ItemWatch | Watch) -> str:
    """One line that names what is watched."""
    return f"{watch.number} {watch.title}"


def _local(instant: datetime | None) -> str:
    return "—" if instant is None else instant.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")


ITEM = Words(
    steps={
        "reported": ("待立案", "waits for registration"),
        "registered": ("待交办", "waits for dispatch"),
        "dispatched": ("待签收", "waits for the unit's acceptance"),
        "rectifying": ("整改中", "rectification under way"),
        "submitted": ("待核查", "waits for the check"),
        "passed": ("待销号", "waits for closing"),
        "suspended": ("缓办", "suspended"),
        "closed": ("已销号，待回头看", "closed, waits for the recheck"),
        "recurred": ("反弹", "recurred"),
        "archived": ("已归档", "archived"),
        "voided": ("已作废", "voided"),
        "merged": ("已并案", "merged"),
        "transferred_out": ("已转办外单位", "transferred out"),
    },
    dues={
        **_RUNGS,
        "overdue": ("记为超期", "marked overdue"),
        "review": ("缓办复核", "review of the suspension"),
        "open_recurrence": ("反弹另立新项", "open the item that carries on"),
    },
)
OBLIGATION = Words(
    steps={
        "open": ("待完成", "owed"),
        "submitted": ("待验收", "waits for acceptance"),
        "fulfilled": ("已完成", "fulfilled"),
        "withdrawn": ("已撤销", "withdrawn"),
    },
    dues={**_RUNGS, "overdue": ("记为超期", "marked overdue"), "milestone": ("里程碑到期", "milestone due")},
)
ACT = Words(
    steps={
        "planned": ("待制发", "waits to be issued"),
        "issued": ("已制发", "issued"),
        "published": ("已通报", "published"),
        "summoned": ("待约谈", "waits for the interview's record"),
        "recorded": ("已约谈", "interview recorded"),
        "withdrawn": ("已撤销", "withdrawn"),
    },
    dues={**_RUNGS, "issue": ("制发", "issue"), "overdue": ("约谈记录逾期", "mark the record as late")},
)
CAMPAIGN = Words(
    steps={
        "planned": ("待启动", "waits to be started"),
        "running": ("进行中", "under way"),
        "paused": ("已暂停", "paused"),
        "ended": ("已结束", "ended"),
    },
    dues={
        "open_phase": ("开启阶段", "a phase opens"),
        "call_duty": ("常态任务", "a duty recurs"),
        "open_duty": ("分派常态任务", "hand out the duty"),
        "assess_gate": ("评估关口", "assess the gate"),
        "close_phase": ("阶段结束", "a phase closes"),
        "refer_gate": ("提请领导小组", "refer to the leading group"),
        "recompute_items": ("重算在办事项", "recompute open items"),
    },
)
BULK = Words(
    steps={
        "working": ("办理中", "under way"),
        "paused": ("已暂停", "paused"),
        "finished": ("已完成", "finished"),
        "cancelled": ("已取消", "cancelled"),
    },
    dues={"page": ("下一批", "next page")},
)
CASE = Words(
    steps={
        "opened": ("已立案，待告知", "opened, the unit is to be notified"),
        "notified": ("申辩期内", "waits for the unit's statement"),
        "awaiting_finding": ("待调查认定", "waits for the finding"),
        "awaiting_decision": ("待决定", "waits for the decision"),
        "decided": ("申诉期内", "decided, an appeal may come"),
        "under_review": ("复核中", "waits for the review"),
        "to_carry_out": ("待执行", "to be carried out"),
        "concluded": ("已结案", "concluded"),
        "withdrawn": ("已撤案", "withdrawn"),
    },
    dues={
        "notify": ("告知单位", "notify the unit"),
        "statement_over": ("申辩期满", "the period for the statement ends"),
        "appeal_over": ("申诉期满", "the period for an appeal ends"),
        "overdue": ("记为超期", "marked overdue"),
    },
)
