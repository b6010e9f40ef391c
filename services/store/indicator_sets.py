"""The named sets of domain/indicator/sets.py as conditions on rows of facts, as of the moment $1.

Each condition is about one row; ``{f}`` stands for the alias of the table. Milestones after $1 have not happened yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.indicator.sets import CLOCKS, DISPATCH, ITEM, SETS

_ENDED = "{f}.ended_at <= $1"
_DUE = "{f}.kind = '%s' AND {f}.due_at < $1 AND ({f}.done OR {f}.ended_at IS NULL OR {f}.ended_at > {f}.due_at)"
_STAGES = {
    "opened": "TRUE",
    "due": "TRUE",
    "done": "{f}.done AND {f}.ended_at <= $1",
    "on_time": "{f}.done AND {f}.ended_at <= {f}.due_at",
    "overdue": "({f}.ended_at IS NULL OR {f}.ended_at > {f}.due_at)",
    "waiting": "({f}.ended_at IS NULL OR {f}.ended_at > $1)",
    "excused": "({f}.ended_at IS NULL OR {f}.ended_at > {f}.due_at) AND {f}.excused_at <= $1",
}
_CLOSED = "{f}.closed_at <= $1"
_OPEN = "({f}.closed_at IS NULL OR {f}.closed_at > $1) AND ({f}.ended_at IS NULL OR {f}.ended_at > $1)"
# Items whose running clock has run out; joined as {f}_late, for an item itself cannot know when time passes.
_RUNNING_LATE = "{f}_late.due_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Condition:
    """A set in SQL: the table, the condition, the instant that counts for a period; ``late`` needs {f}_late joined."""

    table: str
    holds: str
    placed: str
    late: bool = False

    def on(self, alias: str) -> str:
        """The condition on the table's alias, never NULL."""
        return f"(({self.holds}) IS TRUE)".replace("{f}", alias)

    def placed_on(self, alias: str) -> str:
        """The instant on the table's alias."""
        return self.placed.replace("{f}", alias)


# Which rows of a table speak at all as of $1; for facts with revisions, exactly one per case.
AS_OF = {
    "item_fact": "{f}.valid_from <= $1 AND {f}.valid_to > $1",
    "clock_fact": "{f}.valid_from <= $1 AND {f}.valid_to > $1",
    "dispatch_fact": "{f}.dispatched_at <= $1",
}
TABLE_OF_GRAIN = {ITEM: "item_fact", DISPATCH: "dispatch_fact", **dict.fromkeys(CLOCKS, "clock_fact")}
# What tells the cases of one table apart, beside the item.
KEY = {"item_fact": "''", "dispatch_fact": "{f}.round::text", "clock_fact": "{f}.clock_id"}
LATE_JOIN = """
    LEFT JOIN (SELECT item_id, due_at FROM read.clock_fact
                WHERE valid_from <= $1 AND valid_to > $1 AND due_at < $1 AND kind <> 'recheck'
                  AND (ended_at IS NULL OR ended_at > $1) AND (excused_at IS NULL OR excused_at > $1)) AS {f}_late
      ON {f}_late.item_id = {f}.item_id"""


def _clocks() -> Iterator[tuple[str, Condition]]:
    for kind in CLOCKS:
        for stage, holds in _STAGES.items():
            due = f"{{f}}.kind = '{kind}'" if stage == "opened" else _DUE % kind
            placed = "{f}.opened_at" if stage == "opened" else "{f}.due_at"
            yield f"{kind}_{stage}", Condition("clock_fact", due if holds == "TRUE" else f"{due} AND {holds}", placed)


def _item(holds: str, placed: str = "{f}.reported_at", *, late: bool = False) -> Condition:
    return Condition("item_fact", holds, placed, late)


CONDITIONS: dict[str, Condition] = {
    **dict(_clocks()),
    "reported": _item("TRUE"),
    "registered": _item("{f}.registered_at <= $1"),
    "voided": _item(f"{{f}}.ended_as = 'voided' AND {_ENDED}"),
    "merged": _item(f"{{f}}.ended_as = 'merged' AND {_ENDED}"),
    "transferred_out": _item(f"{{f}}.ended_as = 'transferred_out' AND {_ENDED}"),
    "fixed_on_the_spot": _item("{f}.fixed_on_the_spot AND {f}.registered_at <= $1"),
    "closed": _item(_CLOSED),
    "open": _item(_OPEN),
    "open_late": _item(f"{_OPEN} AND {_RUNNING_LATE}", late=True),
    "suspended": _item(f"{_OPEN} AND {{f}}.suspended @> $1"),
    "above_supervision": _item(f"{_OPEN} AND {{f}}.above_supervision_at <= $1"),
    "closings": _item(_CLOSED, "{f}.closed_at"),
    "closure_due": _item(
        f"({_CLOSED}) OR (({_OPEN}) AND ({{f}}.late_at < $1 OR {_RUNNING_LATE}))",
        f"CASE WHEN {_CLOSED} THEN {{f}}.closed_at ELSE least({{f}}.late_at, {{f}}_late.due_at) END",
        late=True,
    ),
    "closed_on_time": _item(f"{_CLOSED} AND {{f}}.late_at IS NULL", "{f}.closed_at"),
    "rechecked": _item("{f}.rechecked_at <= $1", "{f}.rechecked_at"),
    "recurred": _item("{f}.recurred_at <= $1", "{f}.rechecked_at"),
    "dispatched": Condition("dispatch_fact", "TRUE", "{f}.dispatched_at"),
    "dispatch_refused": Condition("dispatch_fact", "{f}.refused_at <= $1", "{f}.dispatched_at"),
    "dispatch_transferred": Condition("dispatch_fact", "{f}.transferred_at <= $1", "{f}.dispatched_at"),
    "extended": Condition("clock_fact", "{f}.kind = 'rectify' AND {f}.extensions > 0", "{f}.opened_at"),
    "checked": Condition("clock_fact", f"{{f}}.kind = 'check' AND {{f}}.done AND {_ENDED}", "{f}.ended_at"),
    "sent_back": Condition(
        "clock_fact", f"{{f}}.kind = 'check' AND {{f}}.ended_by = 'item.sent_back.v1' AND {_ENDED}", "{f}.ended_at"
    ),
}
if CONDITIONS.keys() != SETS.keys():
    raise LookupError(f"sets without a condition, or the reverse: {sorted(CONDITIONS.keys() ^ SETS.keys())}")
