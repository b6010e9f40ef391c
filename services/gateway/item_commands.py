"""Every command about an existing item that the API offers: its path, its names, and an example of its body."""

from domain.item import commands as c
from domain.item.permissions import ALLOWED
from services.gateway.offered_command import OfferedCommand

_PHOTO = {"uri": "https://photos.example.cn/2026/11/0001.jpg", "kind": "after"}


class ItemCommand(OfferedCommand):
    """A command under ``/v1/items/{id}/<path>``."""

    allowed = ALLOWED


ITEM_COMMANDS = (
    ItemCommand("register", c.RegisterItem),
    ItemCommand(
        "dispatch",
        c.DispatchItem,
        {"unit": "chengguan", "supporting": ["huanwei"]},
        refusals=("unknown_unit", "lead_unit_supports_itself"),
    ),
    ItemCommand(
        "transfer",
        c.TransferItem,
        {"unit": "huanwei", "reason": "属环卫职责"},
        refusals=("unknown_unit", "lead_unit_supports_itself", "already_with_this_unit"),
    ),
    ItemCommand("transfer-out", c.TransferItemOut, {"authority": "省铁路局", "reason": "铁路红线内，不属本市管辖"}),
    ItemCommand("accept", c.AcceptItem, refusals=("not_your_unit",)),
    ItemCommand("refuse", c.RefuseItem, {"reason": "不在本单位管辖范围"}, refusals=("not_your_unit",)),
    ItemCommand(
        "submit",
        c.SubmitRectification,
        {"account": "已清运垃圾约 2 吨，地面冲洗完毕", "evidence": [_PHOTO]},
        refusals=("not_your_unit",),
    ),
    ItemCommand(
        "pass", c.PassCheck, {"note": "现场核查，整改到位", "evidence": [_PHOTO]}, refusals=("checked_by_own_unit",)
    ),
    ItemCommand(
        "send-back", c.SendBack, {"reason": "仍有散落垃圾", "evidence": [_PHOTO]}, refusals=("checked_by_own_unit",)
    ),
    ItemCommand("close", c.CloseItem),
    ItemCommand("confirm-recheck", c.ConfirmRecheck, {"evidence": [_PHOTO]}, refusals=("checked_by_own_unit",)),
    ItemCommand(
        "recur",
        c.RecordRecurrence,
        {"note": "原址再次堆放", "evidence": [_PHOTO]},
        frozenset({"new_item"}),
        refusals=("checked_by_own_unit",),
    ),
    ItemCommand("archive", c.ArchiveItem),
    ItemCommand("void", c.VoidItem, {"reason": "现场未见所述问题"}),
    ItemCommand(
        "merge",
        c.MergeItem,
        {"into": "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01", "reason": "同一地点同一问题"},
        frozenset({"into_is_open"}),
        refusals=("merged_into_itself", "merge_target_not_open"),
    ),
    ItemCommand(
        "request-extension",
        c.RequestExtension,
        {"by": {"kind": "working_days", "amount": 3}, "reason": "等待配件到货"},
        refusals=("not_your_unit", "extension_already_asked", "extension_limit_reached", "extension_after_deadline"),
    ),
    ItemCommand("grant-extension", c.GrantExtension, refusals=("no_extension_asked",)),
    ItemCommand("refuse-extension", c.RefuseExtension, {"reason": "理由不充分"}, refusals=("no_extension_asked",)),
    ItemCommand(
        "suspend",
        c.SuspendItem,
        {"reason": "需专项资金", "review_on": "2026-12-20T09:00:00+08:00"},
        refusals=("already_suspended", "review_in_past"),
    ),
    ItemCommand("resume", c.ResumeItem, {"reason": "资金已到位"}, refusals=("not_suspended",)),
    ItemCommand(
        "recompute-deadline", c.RecomputeDeadline, {"reason": "2027 年放假安排已公布"}, refusals=("deadline_unchanged",)
    ),
    ItemCommand(
        "appeal",
        c.AppealOverdue,
        {"clock_id": "rectify-1", "reason": "台风期间无法施工"},
        refusals=("no_overdue_mark", "not_your_unit", "already_appealed"),
    ),
    ItemCommand(
        "rule-on-appeal",
        c.RuleOnAppeal,
        {"clock_id": "rectify-1", "granted": True, "reason": "情况属实"},
        refusals=("no_overdue_mark", "no_appeal_pending"),
    ),
    ItemCommand("comment", c.AddComment, {"text": "已与物业电话沟通"}),
)
