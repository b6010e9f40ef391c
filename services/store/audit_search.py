"""Finds the sequence numbers of one page of an auditor's question.

The filter that selects most is the driver: it walks an index whose order is that of the pages, value by value, and the
others are checked on what it finds.
"""

from services.store.audit_text import TextSearch
from services.store.audit_walk import COLUMNS, Walk
from services.store.conditions import Conditions

_MANY_VALUES, _FEW = 16, 3
_REVERSED = str.maketrans("<>", "><")
_MOST_VALUES = 400  # so many are looked up one by one; a longer list is checked while the log is walked


async def search(walk: Walk, limit: int) -> list[int]:
    """The sequence numbers of the page, in its order."""
    if walk.values("streams") is not None:
        return await _by_values(walk, "streams", limit)
    if walk.wanted.person is not None:
        return await _by_person(walk, walk.wanted.person, limit)
    if walk.wanted.text is not None:
        return await TextSearch(walk, walk.wanted.text).run(limit)
    for name in ("units", "areas", "types", "campaigns"):
        values = walk.values(name)
        if values is not None and len(values) <= _MOST_VALUES:
            return await _by_values(walk, name, limit)
    for name, column in (("occurred", "occurred_at"), ("recorded", "recorded_at")):
        if getattr(walk.wanted, f"{name}_from") is not None or getattr(walk.wanted, f"{name}_to") is not None:
            return await _by_time(walk, column, limit)
    return await _by_position(walk, limit)


async def _by_values(walk: Walk, name: str, limit: int) -> list[int]:
    """Every value's first ones, merged."""
    values, found = walk.values(name) or (), walk.conditions(limit, {name})
    if len(values) > _MANY_VALUES:
        # A few of each tell how far the page goes at most; most values have nothing so near.
        few = walk.conditions(limit, {name})
        near = await walk.fetch(walk.branch(few, *COLUMNS[name], values, of_each=_FEW), few)
        if len(near) == limit:
            found.add(f"e.seq {walk.beyond.translate(_REVERSED)}= {{}}", near[-1])
    return await walk.fetch(walk.branch(found, *COLUMNS[name], values), found)


async def _by_person(walk: Walk, person: str, limit: int) -> list[int]:
    """What the person did, merged with the events of the items that the person reported."""
    found = walk.conditions(limit, {"person"})
    branches = [walk.branch(found, "actor", "text", [person])]
    if walk.reported:
        branches.append(walk.branch(found, "stream_id", "uuid", walk.reported))
    either = " UNION ".join(f"({branch})" for branch in branches)
    return await walk.fetch(f"SELECT seq FROM ({either}) AS e ORDER BY seq {walk.direction} LIMIT $1", found)  # noqa: S608


async def _by_time(walk: Walk, column: str, limit: int) -> list[int]:
    """In the order of that time."""
    found = walk.conditions(limit, set(), by_seq=False)
    if walk.place is not None:
        at, seq = found.parameter(getattr(walk.place, column)), found.parameter(walk.place.seq)
        found.texts.append(f"(e.{column}, e.seq) {walk.beyond} ({at}, {seq})")
    query = (
        f"SELECT e.seq FROM es.event e WHERE {found}"  # noqa: S608 - names of columns
        f" ORDER BY e.{column} {walk.direction}, e.seq {walk.direction} LIMIT $1"
    )
    return await walk.fetch(query, found)


async def _by_position(walk: Walk, limit: int) -> list[int]:
    """In the order of the log itself; whatever else is asked for is checked on the way."""
    found = Conditions(["l.pos >= $2 AND l.pos < $3"], [limit, *walk.positions])
    if walk.place is not None:
        found.add(f"l.pos {walk.beyond} {{}}", walk.place.pos)
    others = Conditions([], found.values)
    walk.filters(others, {"positions"})
    if others.texts:
        found.texts.append(f"EXISTS (SELECT FROM es.event e WHERE e.seq = l.seq AND {others} OFFSET 0)")
    query = f"SELECT l.seq FROM es.log l WHERE {found} ORDER BY l.pos {walk.direction} LIMIT $1"  # noqa: S608
    return await walk.fetch(query, found)
