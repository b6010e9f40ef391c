"""Units and areas as trees: each below its parent, by code."""

from collections.abc import Iterable
from typing import Any

from domain.organisation.state import Area, Unit

# Deeper than any organisation; what lies below is left out and said so, instead of failing the answer.
MOST_LEVELS = 40


def tree_of(members: Iterable[Unit | Area], *, gone: bool) -> list[dict[str, Any]]:
    """Nested dictionaries; ``gone`` includes those dissolved or abolished. A child of an absent parent is a root."""
    shown = {member.code: member for member in members if gone or not _is_gone(member)}
    below: dict[str | None, list[Unit | Area]] = {}
    for member in sorted(shown.values(), key=lambda each: each.code):
        parent = member.parent if member.parent in shown else None
        below.setdefault(parent, []).append(member)
    return _branches(None, below, MOST_LEVELS)


def _branches(parent: str | None, below: dict[str | None, list[Unit | Area]], levels: int) -> list[dict[str, Any]]:
    return [
        {
            **member.model_dump(mode="json", exclude={"parent"}),
            "children": _branches(member.code, below, levels - 1) if levels > 1 else [],
            "cut_off": levels <= 1 and member.code in below,
        }
        for member in below.get(parent, [])
    ]


def _is_gone(member: Unit | Area) -> bool:
    return member.dissolved if isinstance(member, Unit) else member.abolished
