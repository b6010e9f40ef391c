"""The standard formulas, version 1, which every city has until it publishes its own version 2.

Shares of what was due follow GB/T 30428.4: what counts is the deadline, and what an appeal excused does not count.
"""

from decimal import Decimal

from domain.indicator.book import FORMULAS_IN_FORCE, Cases, Formula, FormulaBook, RankingRule, Weight
from domain.text import Text


def _cases(terms: str) -> Cases:
    """``a b -c``: the cases of a and b without those of c."""
    words = terms.split()
    minus = tuple(word[1:] for word in words if word.startswith("-"))
    return Cases(plus=tuple(word for word in words if not word.startswith("-")), minus=minus)


def _share(code: str, zh: str, en: str, numerator: str, denominator: str) -> Formula:
    return Formula(code=code, name=Text(zh=zh, en=en), numerator=_cases(numerator), denominator=_cases(denominator))


def _count(code: str, zh: str, en: str, cases: str) -> Formula:
    return Formula(code=code, name=Text(zh=zh, en=en), kind="count", numerator=_cases(cases))


_WEIGHTS = (
    Weight(indicator="on_time_acceptance", weight=Decimal(20)),
    Weight(indicator="on_time_disposal", weight=Decimal(40)),
    Weight(indicator="rework", weight=Decimal(20), better="lower"),
    Weight(indicator="recurrence", weight=Decimal(10), better="lower"),
    Weight(indicator="overdue_waiting", weight=Decimal(10), better="lower"),
)
STANDARD = FormulaBook(
    formulas_id=FORMULAS_IN_FORCE,
    version=1,
    formulas=(
        _share(
            "on_time_acceptance", "按期签收率", "On-time acceptance", "accept_on_time", "accept_due -accept_excused"
        ),
        _share("disposal", "处置率", "Disposal rate", "rectify_done", "rectify_due"),
        _share("on_time_disposal", "按期处置率", "On-time disposal", "rectify_on_time", "rectify_due -rectify_excused"),
        _share("closure", "结案率", "Closure", "closed", "registered -voided -merged -transferred_out"),
        _share("on_time_closure", "按期结案率", "On-time closure", "closed_on_time", "closure_due"),
        _share("rework", "返工率", "Rework", "sent_back", "checked"),
        _share(
            "overdue_waiting",
            "超期待处置率",
            "Overdue waiting",
            "rectify_waiting -rectify_excused",
            "rectify_due -rectify_excused",
        ),
        _share("extension", "延期率", "Extension", "extended", "rectify_opened"),
        _share("accurate_dispatch", "准确派遣率", "Accurate dispatch", "dispatched -dispatch_refused", "dispatched"),
        _share("on_time_check", "按期核查率", "On-time check", "check_on_time", "check_due -check_excused"),
        _share("valid_report", "有效上报率", "Valid reports", "registered -voided", "reported"),
        _share("recurrence", "反弹率", "Recurrence", "recurred", "rechecked"),
        _count("open_items", "在办事项数", "Open items", "open"),
        _count("open_items_above_supervision", "督办级以上在办数", "Open items above supervision", "above_supervision"),
    ),
    rankings=(
        RankingRule(ranking_id="units", name=Text(zh="责任单位排名", en="Units"), of="unit", weights=_WEIGHTS),
        RankingRule(
            ranking_id="streets",
            name=Text(zh="乡镇街道排名", en="Towns and streets"),
            of="area",
            kinds=("town", "street"),
            weights=_WEIGHTS,
        ),
    ),
)
