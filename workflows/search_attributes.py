"""What workflows are found by in Temporal's web UI: ids and statuses only, for these attributes are not encrypted."""

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from activities.notices import ItemWatch, Notice, Watch

STEP = SearchAttributeKey.for_keyword("DubanStep")
UNIT = SearchAttributeKey.for_keyword("DubanUnit")
AREA = SearchAttributeKey.for_keyword("DubanArea")
CATEGORY = SearchAttributeKey.for_keyword("DubanCategory")
RUNG = SearchAttributeKey.for_keyword("DubanRung")
CAMPAIGN = SearchAttributeKey.for_keyword("DubanCampaign")
DUE_AT = SearchAttributeKey.for_datetime("DubanDueAt")

Update = SearchAttributeUpdate[str] | SearchAttributeUpdate[datetime]

# What a server has to know before the first workflow starts, by Temporal's names for the types.
SEARCH_ATTRIBUTES = {
    STEP.name: "Keyword",
    UNIT.name: "Keyword",
    AREA.name: "Keyword",
    CATEGORY.name: "Keyword",
    RUNG.name: "Keyword",
    CAMPAIGN.name: "Keyword",
    DUE_AT.name: "Datetime",
}


def attributes_of(watch: ItemWatch | Watch) -> TypedSearchAttributes:
    """What a workflow starts with."""
    notice = watch.notice
    texts = {
        STEP: notice.step,
        UNIT: notice.unit,
        AREA: watch.area if isinstance(watch, ItemWatch) else None,
        CATEGORY: watch.category,
        RUNG: notice.rung,
        CAMPAIGN: watch.campaign,
    }
    pairs: list[SearchAttributePair[str] | SearchAttributePair[datetime]] = [
        SearchAttributePair(key, text) for key, text in texts.items() if text is not None
    ]
    if notice.due_at is not None:
        pairs.append(SearchAttributePair(DUE_AT, notice.due_at))
    return TypedSearchAttributes(pairs)


def changes_between(before: Notice, after: Notice) -> list[Update]:
    """What to change about the attributes when a newer notice comes; nothing costs no entry in the history."""
    changes: list[Update] = []
    for key, old, new in (
        (STEP, before.step, after.step),
        (UNIT, before.unit, after.unit),
        (RUNG, before.rung, after.rung),
    ):
        if old != new:
            changes.append(key.value_unset() if new is None else key.value_set(new))
    if before.due_at != after.due_at:
        changes.append(DUE_AT.value_unset() if after.due_at is None else DUE_AT.value_set(after.due_at))
    return changes
