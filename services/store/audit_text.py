"""Finds events by words in their reasons: frequent words by short stretches of the log, rare ones by long regions."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.store.audit_walk import HAS_A_REASON, SAYS, Walk
from services.store.conditions import Conditions

SHORTEST_TEXT = 2  # characters: the index has every two and every three neighbouring ones
_LONGEST_GRAM = 3
_STRETCH_BITS, _REGION_BITS = 15, 20  # as es.reason_grams has them
_SHIFT = _REGION_BITS - _STRETCH_BITS
_STRETCHES_FIRST = 2
_DENSE = 400  # so many candidates of a region are looked at one by one
# The index of grams alone leads to the events. Spelled so, the other conditions on the sequence number tempt nobody to
# gather whole stretches by the primary key beside, which seems cheap to a planner that cannot tell how rare words are.
_SEQ = "(e.seq + 0)"
# There is one plan then, so that it need not be made again for each of the statements.
_ONLY_BY_GRAMS = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL plan_cache_mode = force_generic_plan"
)
_AS_USUAL = (
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; SET LOCAL plan_cache_mode = force_custom_plan"
)


@dataclass(frozen=True, slots=True)
class TextSearch:
    """A search for a text of at least SHORTEST_TEXT characters."""

    walk: Walk
    text: str

    async def run(self, limit: int) -> list[int]:
        """The sequence numbers of the page: the first stretches, then region by region, until it is full."""
        await self.walk.connection.execute(_ONLY_BY_GRAMS)
        stretches = self._numbers(_STRETCH_BITS)
        first, rest = stretches[:_STRETCHES_FIRST], stretches[_STRETCHES_FIRST:]
        found = await self._one_by_one(first, limit)
        regions = list(dict.fromkeys(number >> _SHIFT for number in rest))
        for group in (regions[:1], regions[1:]):
            if group and len(found) < limit:
                found += await self._in_regions(group, first, rest, limit - len(found))
        await self.walk.connection.execute(_AS_USUAL)
        return found

    async def _in_regions(self, regions: list[int], first: list[int], rest: list[int], limit: int) -> list[int]:
        """The first events of some regions, without those of the stretches that were looked through first."""
        candidates = await self._candidates(regions)
        found: list[int] = []
        sparse: list[int] = []
        for region in [*regions, None]:
            if region is not None and candidates[region] < _DENSE:
                sparse += [region] if candidates[region] else []
                if sum(candidates[each] for each in sparse) < limit - len(found):
                    continue
            if sparse and len(found) < limit:  # before the dense region that follows
                found += await self._among(sparse, _REGION_BITS, limit - len(found), first)
            sparse = []
            if region is not None and candidates[region] >= _DENSE and len(found) < limit:
                inside = [number for number in rest if number >> _SHIFT == region]
                found += await self._one_by_one(inside, limit - len(found))
        return found

    async def _one_by_one(self, stretches: list[int], limit: int) -> list[int]:
        """One stretch, another two, four, …, for as long as the page has room."""
        found: list[int] = []
        for group in _groups(stretches):
            if len(found) < limit:
                found += await self._among(group, _STRETCH_BITS, limit - len(found), None)
        return found

    def _numbers(self, bits: int) -> list[int]:
        """The stretches or regions between the bounds, in the order of the pages."""
        low, high = self.walk.bounds
        numbers = range(low >> bits, (high >> bits) + 1)
        return list(reversed(numbers)) if self.walk.order == "newest" else list(numbers)

    async def _among(self, numbers: list[int], bits: int, limit: int, without: list[int] | None) -> list[int]:
        """The first events of all these stretches or regions; without those of these stretches."""
        found = self.walk.conditions(limit, {"text"}, seq=_SEQ)
        words, salted = found.parameter(self.text), found.parameter(numbers)
        found.texts.append(f"{_SEQ} >> {bits} = b.number")
        found.add(f"{_SEQ} >> {_STRETCH_BITS} <> ALL ({{}}::bigint[])", without)
        inner = self.walk.inner(f"{self._grams(words, bits)} AND {SAYS.replace('{}', words)}", found)
        query = (
            f"SELECT f.seq FROM unnest({salted}::bigint[]) AS b (number) CROSS JOIN LATERAL ({inner}) f"  # noqa: S608
            f" ORDER BY f.seq {self.walk.direction} LIMIT $1"
        )
        return await self.walk.fetch(query, found)

    async def _candidates(self, regions: list[int]) -> dict[int, int]:
        """How many events of each region may have the text, up to the number that counts as dense."""
        found = Conditions([], [_DENSE])
        words, salted = found.parameter(self.text), found.parameter(regions)
        query = (
            f"SELECT b.number, (SELECT count(*) FROM (SELECT FROM es.event e WHERE {self._grams(words, _REGION_BITS)}"  # noqa: S608
            f" AND {HAS_A_REASON} LIMIT $1) AS few) AS candidates FROM unnest({salted}::bigint[]) AS b (number)"
        )
        rows = await self.walk.connection.fetch(query, *found.values)
        return {row["number"]: row["candidates"] for row in rows}

    def _grams(self, words: str, bits: int) -> str:
        salt = "2 * b.number" if bits == _STRETCH_BITS else "2 * b.number + 1"
        length = min(len(self.text), _LONGEST_GRAM)
        return f"es.reason_grams(e.seq, e.data) @> es.text_grams({salt}, {words}, ARRAY[{length}])"


def _groups(numbers: list[int]) -> Iterator[list[int]]:
    start, width = 0, 1
    while start < len(numbers):
        yield numbers[start : start + width]
        start, width = start + width, 2 * width
