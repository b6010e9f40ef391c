"""Every command about an existing accountability case that the API offers: path, names, an example of its body."""

from pydantic import BaseModel, ConfigDict, Field

from domain.accountability import commands as c
from domain.accountability.permissions import ALLOWED
from domain.accountability.values import Grounds
from domain.decider import Reason
from domain.text import Code, Text
from services.gateway.offered_command import OfferedCommand


class NewCase(BaseModel):
    """A case opened by hand, for a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Code = Field(description="被问责单位。 The accused unit.")
    campaign_id: Code | None = Field(default=None, description="所属创建活动。 The campaign it belongs to.")
    area: Code | None = None
    title: Text
    reason: Reason = Field(description="立案理由。 Why it is opened.")
    grounds: Grounds = Field(default=Grounds(), description="依据：事项、任务、通报、督办文书。 What it rests on.")


NEW_CASE = {
    "unit": "cleaning",
    "area": "east",
    "title": {"zh": "垃圾清运弄虚作假", "en": "False reports on rubbish cleared"},
    "reason": "暗访发现上报照片与现场不符",
    "grounds": {"items": ["0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"], "acts": ["创督〔2026〕12号"]},
}


class CaseCommand(OfferedCommand):
    """A command under ``/v1/cases/{id}/<path>``."""

    allowed = ALLOWED


_DOCUMENT = {"uri": "https://files.example.cn/2026/12/0001.pdf", "kind": "document"}
_DRAWN_UP = frozenset({"number", "documents"})
_RESTING = ("unknown_ground", "too_many_grounds")

CASE_COMMANDS = (
    CaseCommand("notify", c.NotifyUnit, known=_DRAWN_UP),
    CaseCommand(
        "statement",
        c.SubmitStatement,
        {"statement": "雨天清运车辆无法进入，已增派两台小型车", "evidence": [_DOCUMENT]},
        refusals=("statement_period_over", "not_the_accused_unit"),
    ),
    CaseCommand(
        "finding",
        c.RecordFinding,
        {
            "finding": "逾期十个工作日属实，单位已整改",
            "grounds": {"acts": ["创督〔2026〕12号"]},
            "proposed": "public_criticism",
        },
        refusals=("statement_period_runs", "handled_by_accused_unit", *_RESTING),
    ),
    CaseCommand(
        "decide",
        c.DecideCase,
        {"measure": "admonition", "reasons": "多次督办仍未整改", "grounds": {"bulletins": ["周通报 2026-46"]}},
        known=_DRAWN_UP,
        refusals=(
            *("statement_period_runs", "decided_by_accused_unit", "decided_by_named_person"),
            *("decision_without_grounds", "unknown_person", *_RESTING),
        ),
    ),
    CaseCommand(
        "appeal",
        c.AppealDecision,
        {"reasons": "处理过重，问题已于立案前整改", "evidence": [_DOCUMENT]},
        refusals=("appeal_period_over", "not_the_accused_unit"),
    ),
    CaseCommand(
        "review",
        c.ReviewDecision,
        {"upheld": True, "measure": "education", "reasons": "整改主动，予以减轻"},
        known=_DRAWN_UP,
        refusals=(
            *("reviewed_by_decider", "reviewed_by_accused_unit", "reviewed_by_named_person"),
            *("measure_not_milder", "measure_stands"),
            *_RESTING,
        ),
    ),
    CaseCommand(
        "carry-out",
        c.CarryOutDecision,
        {"account": "已对主要负责人诫勉约谈", "evidence": [_DOCUMENT]},
        refusals=("handled_by_accused_unit",),
    ),
    CaseCommand("withdraw", c.WithdrawCase, {"reason": "立案对象有误"}, refusals=("handled_by_accused_unit",)),
)
