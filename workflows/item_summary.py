"""What people read in Temporal's web UI about an item: where it stands and what follows, Chinese first."""

from datetime import datetime, timedelta, timezone

from activities.notices import ItemWatch, Notice

# All of China keeps one time, without summer time.
_BEIJING = timezone(timedelta(hours=8))

STEPS = {
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
}
DUES = {
    "overdue": ("记为超期", "marked overdue"),
    "warn": ("预警", "warn"),
    "remind": ("催办", "remind"),
    "supervise": ("督办", "supervise"),
    "criticise": ("通报批评", "criticise"),
    "summon": ("约谈", "summon"),
    "hold_to_account": ("责任追究", "hold to account"),
    "review": ("缓办复核", "review of the suspension"),
    "open_recurrence": ("反弹另立新项", "open the item that carries on"),
}
_NOTHING = ("无", "nothing")


def title_of(watch: ItemWatch) -> str:
    """One line that names the item."""
    return f"{watch.number} {watch.title}"


def waiting_for(notice: Notice) -> str:
    """One line in two languages: the step, and what follows when."""
    step_zh, step_en = STEPS.get(notice.step, (notice.step, notice.step))
    if notice.next_due is None:
        return f"{step_zh} · {step_en}"
    due_zh, due_en = DUES.get(notice.next_due, (notice.next_due, notice.next_due))
    when = _local(notice.next_due_at)
    return f"{step_zh}，{when} {due_zh} · {step_en}, {due_en} at {when}"


def details_of(watch: ItemWatch, notice: Notice) -> str:
    """The item at a glance, as Markdown."""
    step_zh, step_en = STEPS.get(notice.step, (notice.step, notice.step))
    rung_zh, rung_en = DUES.get(notice.rung, _NOTHING) if notice.rung else _NOTHING
    due_zh, due_en = DUES.get(notice.next_due, (notice.next_due,) * 2) if notice.next_due else _NOTHING
    when, deadline = _local(notice.next_due_at), _local(notice.due_at)
    return (
        f"**{title_of(watch)}**\n\n"
        f"- 当前环节：{step_zh}；责任单位：{notice.unit or '—'}；时限：{deadline}\n"
        f"- 督办级别：{rung_zh}；下一步：{due_zh} {when}\n\n"
        f"- Step: {step_en}; unit: {notice.unit or '—'}; deadline: {deadline}\n"
        f"- Highest rung: {rung_en}; next: {due_en} {when}\n"
    )


def _local(instant: datetime | None) -> str:
    return "—" if instant is None else instant.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")
