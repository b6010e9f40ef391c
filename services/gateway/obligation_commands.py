"""Every command about an existing obligation that the API offers: its path, its names, and an example of its body."""

from domain.obligation import commands as c
from domain.obligation.decisions import ALLOWED
from services.gateway.offered_command import OfferedCommand


class ObligationCommand(OfferedCommand):
    """A command under ``/v1/obligations/{id}/<path>``."""

    allowed = ALLOWED


_DOCUMENT = {"uri": "https://files.example.cn/2027/03/0001.pdf", "kind": "document"}
_KIND = ("wrong_kind_of_obligation", "not_your_unit")

OBLIGATION_COMMANDS = (
    ObligationCommand(
        "report",
        c.ReportDuty,
        {"account": "清理主次干道 12 条", "quantities": [{"kind": "清理小广告（张）", "amount": "1200"}]},
        refusals=(*_KIND, "unknown_quantity", "quantity_missing"),
    ),
    ObligationCommand(
        "report-progress",
        c.ReportProgress,
        {"percent": 60, "account": "已完成 6 个小区的楼道整治", "reached": ["half-way"]},
        refusals=(*_KIND, "unknown_milestone"),
    ),
    ObligationCommand(
        "submit", c.SubmitCompletion, {"account": "全部小区整治完毕", "evidence": [_DOCUMENT]}, refusals=_KIND
    ),
    ObligationCommand("sign", c.SignLetter, {"evidence": [_DOCUMENT]}, refusals=_KIND),
    ObligationCommand("accept", c.AcceptCompletion, {"note": "抽查合格"}, refusals=("checked_by_own_unit",)),
    ObligationCommand(
        "return",
        c.ReturnCompletion,
        {"reason": "三号楼未完成", "limit": {"kind": "working_days", "amount": 3}},
        refusals=("checked_by_own_unit",),
    ),
    ObligationCommand("withdraw", c.WithdrawObligation, {"reason": "任务合并"}),
    ObligationCommand(
        "appeal",
        c.AppealObligation,
        {"clock_id": "duty-1", "reason": "系统停机，无法按时上报"},
        refusals=("no_overdue_mark", "not_your_unit", "already_appealed"),
    ),
    ObligationCommand(
        "rule-on-appeal",
        c.RuleOnObligationAppeal,
        {"clock_id": "duty-1", "granted": True, "reason": "情况属实"},
        refusals=("no_overdue_mark", "no_appeal_pending"),
    ),
)
