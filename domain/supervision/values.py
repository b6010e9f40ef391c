"""The kinds of act 督办文书."""

from collections.abc import Mapping
from enum import StrEnum

from domain.accountability.rules import Series
from domain.document.values import DocumentKind
from domain.ladder import Rung


class ActKind(StrEnum):
    """What the office issues to a unit short of a case. A warning 预警 is a notification alone and no act."""

    REMINDER = "reminder"  # 催办通知书
    ORDER = "order"  # 督办单
    CRITICISM = "criticism"  # 通报批评, named in the next bulletin
    SUMMONS = "summons"  # 约谈, with a record to be filed
    YELLOW_CARD = "yellow_card"  # 黄牌
    RED_CARD = "red_card"  # 红牌


ACT_OF_RUNG: Mapping[Rung, ActKind] = {
    Rung.REMIND: ActKind.REMINDER,
    Rung.SUPERVISE: ActKind.ORDER,
    Rung.CRITICISE: ActKind.CRITICISM,
    Rung.SUMMON: ActKind.SUMMONS,
}
SERIES_OF_ACT: Mapping[ActKind, Series] = {
    ActKind.REMINDER: Series.REMINDER,
    ActKind.ORDER: Series.ORDER,
    ActKind.CRITICISM: Series.CRITICISM,
    ActKind.SUMMONS: Series.SUMMONS,
    ActKind.YELLOW_CARD: Series.CARD,
    ActKind.RED_CARD: Series.CARD,
}
DOCUMENT_OF_ACT: Mapping[ActKind, DocumentKind] = {
    ActKind.REMINDER: DocumentKind.REMINDER_NOTICE,
    ActKind.ORDER: DocumentKind.SUPERVISION_ORDER,
    ActKind.CRITICISM: DocumentKind.CRITICISM,
    ActKind.SUMMONS: DocumentKind.SUMMONS,
    ActKind.YELLOW_CARD: DocumentKind.CARD,
    ActKind.RED_CARD: DocumentKind.CARD,
}
