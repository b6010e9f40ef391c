"""Which workflow watches which kind of thing, under which id, and what it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from activities.notices import ItemWatch, Notice, Watch
from services.store.standings import WATCHED_KINDS, StandingRow
from workflows.accountability_case import AccountabilityCase
from workflows.bulk_operation import BulkOperation
from workflows.campaign import Campaign
from workflows.obligation import Obligation
from workflows.rectification_item import RectificationItem
from workflows.supervision_act import SupervisionAct


def _notice(row: StandingRow) -> Notice:
    return Notice(
        version=row.version,
        step=row.step,
        unit=row.unit,
        rung=row.rung,
        due_at=row.due_at,
        next_due_at=row.next_due_at,
        next_due=row.next_due,
    )


def _item_watch(row: StandingRow) -> ItemWatch:
    return ItemWatch(
        item_id=row.stream_id,
        number=row.number,
        title=row.title,
        area=row.area,
        category=row.category,
        campaign=row.campaign,
        notice=_notice(row),
    )


def _watch(row: StandingRow) -> Watch:
    return Watch(
        stream_id=row.stream_id,
        number=row.number,
        title=row.title,
        category=row.category,
        campaign=row.campaign,
        notice=_notice(row),
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """A kind of thing that a workflow watches. Ids begin with ``prefix``, now and after every wipe."""

    workflow: str
    prefix: str
    watch: Callable[[StandingRow], ItemWatch | Watch] = _watch


WATCHED: Mapping[str, Watched] = {
    "item": Watched(RectificationItem.__name__, "item-", _item_watch),
    "campaign": Watched(Campaign.__name__, "campaign-"),
    "obligation": Watched(Obligation.__name__, "obligation-"),
    "act": Watched(SupervisionAct.__name__, "act-"),
    "bulk": Watched(BulkOperation.__name__, "bulk-"),
    "case": Watched(AccountabilityCase.__name__, "case-"),
}
assert set(WATCHED) == set(WATCHED_KINDS)  # noqa: S101 - two lists that must agree

# Whatever these find in Temporal's visibility is one of ours.
RUNNING = (
    f"WorkflowType IN ({', '.join(repr(watched.workflow) for watched in WATCHED.values())})"
    " AND ExecutionStatus = 'Running'"
)


def workflow_id(kind: str, stream_id: UUID) -> str:
    """The id of the workflow that watches something."""
    return f"{WATCHED[kind].prefix}{stream_id}"


def stream_of(name: str) -> UUID | None:
    """What a workflow id belongs to; None where the workflow is none of ours."""
    for watched in WATCHED.values():
        if name.startswith(watched.prefix):
            try:
                return UUID(name.removeprefix(watched.prefix))
            except ValueError:
                return None
    return None


def watch_of(row: StandingRow) -> ItemWatch | Watch:
    """Say how something stands, in its workflow's words."""
    return WATCHED[row.kind].watch(row)
