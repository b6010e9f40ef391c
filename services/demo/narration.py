"""Tells an event in one Chinese line, as a duty officer would call it out."""

import orjson

from domain.item.state import Item
from services.demo.cast import UNITS
from services.handling.aggregates import CASE, ITEM
from services.messages.catalogue import word
from services.store.records import StoredEvent

_VERBS = {
    "item.reported.v1": "上报",
    "item.registered.v1": "立案",
    "item.dispatched.v1": "交办",
    "item.transferred.v1": "转办",
    "item.transferred_out.v1": "转外办理",
    "item.accepted.v1": "签收",
    "item.refused.v1": "退单",
    "item.submitted.v1": "反馈整改结果",
    "item.check_passed.v1": "核查通过",
    "item.sent_back.v1": "返工",
    "item.closed.v1": "销号",
    "item.fixed_on_the_spot.v1": "随检立清",
    "item.recheck_held.v1": "回头看未反弹",
    "item.recurred.v1": "回头看发现反弹",
    "item.recurrence_opened.v1": "反弹另立新案",
    "item.archived.v1": "归档",
    "item.voided.v1": "作废",
    "item.merged.v1": "并案",
    "item.extension_requested.v1": "申请延期",
    "item.extension_granted.v1": "准予延期",
    "item.extension_refused.v1": "不予延期",
    "item.suspended.v1": "缓办挂账",
    "item.suspension_review_fell_due.v1": "缓办到期复核",
    "item.resumed.v1": "恢复办理",
    "item.fell_overdue.v1": "超期",
    "item.accountability_fell_due.v1": "应启动问责",
    "item.overdue_appealed.v1": "对超期提出申诉",
    "item.overdue_appeal_granted.v1": "申诉成立",
    "item.overdue_appeal_refused.v1": "申诉不成立",
    "item.limit_changed.v1": "时限变更",
    "item.commented.v1": "批注",
}


_CAMPAIGN_VERBS = {
    "campaign.planned.v1": "方案编制完成",
    "campaign.started.v1": "启动",
    "campaign.phase_opened.v1": "阶段开始",
    "campaign.phase_closed.v1": "阶段结束",
    "campaign.duty_called.v1": "常态任务到期",
    "campaign.duty_obligations_opened.v1": "常态任务已下达",
    "campaign.recomputation_started.v1": "重算在办事项期限",
    "campaign.gate_assessed.v1": "验收评估",
    "campaign.gate_referred.v1": "验收未过，提请领导小组决定",
    "campaign.gate_overridden.v1": "领导小组决定放行",
}


_CASE_VERBS = {
    "case.opened.v1": "立案",
    "case.unit_notified.v1": "告知单位",
    "case.statement_submitted.v1": "单位申辩",
    "case.statement_absent.v1": "期满未申辩",
    "case.finding_recorded.v1": "调查认定",
    "case.decided.v1": "作出决定",
    "case.appealed.v1": "单位申诉",
    "case.appeal_lapsed.v1": "期满未申诉，决定生效",
    "case.reviewed.v1": "复核",
    "case.carried_out.v1": "执行完毕",
    "case.closed.v1": "结案",
    "case.withdrawn.v1": "撤案",
    "case.fell_overdue.v1": "办案超期",
}


def beside_line(event: StoredEvent) -> str:
    """One line for the screen about what is no item: an accountability case, or the campaign."""
    if event.kind == CASE.kind:
        return " ".join(("★ 问责", UNITS.get(event.unit or "", ""), _CASE_VERBS.get(event.type, event.type)))
    return _campaign_line(event)


def _campaign_line(event: StoredEvent) -> str:
    """What happened in the campaign, and in which phase, whose id is its kind."""
    phase = orjson.loads(event.data).get("phase_id")
    parts = ("★ 创建活动", phase_name(phase) if phase else "", _CAMPAIGN_VERBS.get(event.type, event.type))
    return " ".join(part for part in parts if part)


def phase_name(phase: str) -> str:
    """A phase of the rehearsal in Chinese."""
    return word("phase_kind", phase, "zh")


def line(event: StoredEvent, item: Item) -> str:
    """One line for the screen: number, unit, what happened, and about what."""
    unit = UNITS.get(event.unit or "", "")
    return " ".join(part for part in (item.dossier.number, unit, _verb(event), item.dossier.issue.title) if part)


def _verb(event: StoredEvent) -> str:
    if event.type != "item.rung_climbed.v1":
        return _VERBS.get(event.type, event.type)
    climbed = ITEM.events.validate_json(event.data)
    return f"督办升级→{word('rung', climbed.rung, 'zh')}"
