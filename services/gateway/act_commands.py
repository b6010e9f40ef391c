"""Every command about an existing act that the API offers: its path, its names, and an example of its body."""

from domain.supervision import commands as c
from domain.supervision.permissions import ALLOWED
from services.gateway.offered_command import OfferedCommand


class ActCommand(OfferedCommand):
    """A command under ``/v1/acts/{id}/<path>``."""

    allowed = ALLOWED


_PHOTO = {"uri": "https://photos.example.cn/2027/03/0001.jpg", "kind": "after"}
_INTERVIEW = {
    "held_at": "2027-03-22T15:00:00+08:00",
    "interviewer": "2f5e0f6f-7d0a-5b53-9a54-5c1f6a520f11",
    "interviewed": ["6d1c0e9a-3b1f-5a57-8c57-9f0d2b4a7e21"],
    "account": "通报问题清单，约谈单位主要负责人",
    "undertaking": "一周内完成整改，并举一反三",
}

ACT_COMMANDS = (
    ActCommand("acknowledge", c.AcknowledgeAct, refusals=("not_your_unit", "act_already_acknowledged")),
    ActCommand("answer", c.AnswerAct, {"account": "已全部清运完毕", "evidence": [_PHOTO]}, refusals=("not_your_unit",)),
    ActCommand(
        "interview-record",
        c.RecordInterview,
        _INTERVIEW,
        known=frozenset({"documents"}),
        refusals=(
            *("wrong_kind_of_act", "recorded_by_own_unit", "interview_in_future", "interview_before_summons"),
            "unknown_person",
        ),
    ),
    ActCommand("withdraw", c.WithdrawAct, {"reason": "与另一份督办单重复"}, refusals=("withdrawn_by_own_unit",)),
)
