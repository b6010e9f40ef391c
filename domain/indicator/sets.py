"""The vocabulary of formulas: every set of cases that a formula may count, what one case in it is, and what it means.

A case is an item, one dispatch of an item, or one clock of an item. A set says which of them belong to it as of a
moment, and by which instant a case falls into a period; services/store/indicator_sets.py says the same in SQL.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from domain.clock import ClockKind
from domain.text import Text

ITEM = "item"
DISPATCH = "assignment"  # the clock that waits for one is called dispatch


@dataclass(frozen=True, slots=True)
class CaseSet:
    """A set of cases. ``grain``: what one case is, an item, a dispatch, or a clock of one kind.

    ``within`` names the sets that contain all of this one; ``placed`` is the instant that counts for a period.
    """

    name: str
    grain: str
    meaning: Text
    placed: str
    within: frozenset[str] = frozenset()


# The clocks of items; obligations have others.
CLOCKS = {
    ClockKind.REGISTER: ("立案", "registration"),
    ClockKind.DISPATCH: ("交办", "dispatch"),
    ClockKind.ACCEPT: ("签收", "acceptance"),
    ClockKind.RECTIFY: ("整改", "rectification"),
    ClockKind.CHECK: ("核查", "check"),
    ClockKind.CLOSE: ("销号", "closing"),
    ClockKind.RECHECK: ("回头看", "recheck"),
}
_STAGES = (
    ("opened", "opened_at", (), "时限已开始", "clocks that have started"),
    ("due", "due_at", ("opened",), "时限已到期（应办）", "whose deadline has passed and was not lifted before"),
    ("done", "due_at", ("opened", "due"), "到期的已办理", "due and done, in time or late"),
    ("on_time", "due_at", ("opened", "due", "done"), "到期的按期办理", "due and done by the deadline"),
    ("overdue", "due_at", ("opened", "due"), "到期的未按期办理", "due and done late, or not at all"),
    ("waiting", "due_at", ("opened", "due", "overdue"), "超期待办", "overdue and still not done"),
    ("excused", "due_at", ("opened", "due", "overdue"), "超期但申诉成立", "overdue, and an appeal was granted"),
)


def _clock_sets() -> Iterator[CaseSet]:
    for kind, (zh, en) in CLOCKS.items():
        for stage, placed, within, stage_zh, stage_en in _STAGES:
            supersets = frozenset(f"{kind}_{wider}" for wider in within)
            meaning = Text(zh=f"{zh}{stage_zh}", en=f"{en}: {stage_en}")
            yield CaseSet(f"{kind}_{stage}", kind, meaning, placed, supersets)


def _set(name: str, grain: str, zh: str, en: str, *, placed: str = "reported_at", within: str = "") -> CaseSet:
    return CaseSet(name, grain, Text(zh=zh, en=en), placed, frozenset(within.split()))


_OTHERS = (
    _set("reported", ITEM, "上报", "reported"),
    _set("registered", ITEM, "立案", "registered", within="reported"),
    _set("voided", ITEM, "作废", "voided", within="reported"),
    _set("merged", ITEM, "并案", "merged into another item", within="reported"),
    _set("transferred_out", ITEM, "转外办理", "transferred to an outside authority", within="reported registered"),
    _set("fixed_on_the_spot", ITEM, "随检立清", "fixed on the spot", within="reported registered"),
    _set("closed", ITEM, "已销号（按上报时间）", "closed, by the time of the report", within="reported registered"),
    _set("open", ITEM, "在办", "open", within="reported"),
    _set("open_late", ITEM, "在办且当前时限已超期", "open, the running clock has run out", within="reported open"),
    _set("suspended", ITEM, "缓办中", "suspended", within="reported open"),
    _set("above_supervision", ITEM, "在办且高于督办级", "open, and climbed above supervision", within="reported open"),
    _set("closings", ITEM, "销号（按销号时间）", "closed, by the time of closing", placed="closed_at"),
    _set(
        "closure_due",
        ITEM,
        "应结案：已销号，或在办且已有环节超期",
        "closed, or open and late in some step",
        placed="closed_at, else when it became late",
    ),
    _set(
        "closed_on_time",
        ITEM,
        "各环节均未超期而销号",
        "closed without any step being late, excused ones aside",
        placed="closed_at",
        within="closings closure_due",
    ),
    _set("rechecked", ITEM, "已回头看", "rechecked", placed="rechecked_at"),
    _set("recurred", ITEM, "反弹", "came back", placed="rechecked_at", within="rechecked"),
    _set("dispatched", DISPATCH, "交办（含再交办、转办）", "dispatches, transfers included", placed="dispatched_at"),
    _set("dispatch_refused", DISPATCH, "退单", "refused", placed="dispatched_at", within="dispatched"),
    _set("dispatch_transferred", DISPATCH, "转给其他单位", "moved on", placed="dispatched_at", within="dispatched"),
    _set("extended", "rectify", "准予延期的整改", "extended", placed="opened_at", within="rectify_opened"),
    _set("checked", "check", "已核查的反馈", "submissions that were checked", placed="ended_at", within="check_opened"),
    _set(
        "sent_back",
        "check",
        "核查未通过而返工",
        "sent back for rework",
        placed="ended_at",
        within="check_opened checked",
    ),
)
SETS: Mapping[str, CaseSet] = {each.name: each for each in (*_clock_sets(), *_OTHERS)}


def _known(name: str) -> str:
    if name not in SETS:
        raise PydanticCustomError("unknown_set", "there is no set of cases called {set}", {"set": name[:100]})
    return name


SetName = Annotated[str, AfterValidator(_known)]
