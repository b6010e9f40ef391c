"""Finds events by what people wrote: frequent words by short stretches of the log, rare ones by long regions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.store.audit_walk import Walk
from services.store.conditions import Conditions

SHORTEST_TEXT = 2  # characters: the index has every two neighbouring ones
_LONGEST_GRAM = 4
_STRETCH_BITS, _REGION_BITS = 15, 20  # as es.word_grams has them
_SHIFT = _REGION_BITS - _STRETCH_BITS
_STRETCHES_FIRST = 2
_DENSE = 400  # so many of a region are looked at one by one
# The index of grams alone leads to the words. Spelled so, the other conditions on the sequence number tempt nobody to
# gather whole stretches by the primary key, which seems cheap to a planner that cannot tell how rare words are.
_SEQ, _SEQ_OF_WORDS = "(e.seq + 0)", "(w.seq + 0)"
_WORDS_SAY = "strpos(lower(w.words), lower({})) > 0"
# There is one plan then, so that it need not be made again for each of the statements.
_ONLY_BY_GRAMS = "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan"
_AS_USUAL = "SET LOCAL enable_seqscan = on; SET LOCAL plan_cache_mode = force_custom_plan"


@dataclass(frozen=True, slots=True)
class TextSearch:
    """A search for a text of at least SHORTEST_TEXT characters."""

    walk: Walk
    text: str

    async def run(self, limit: int) -> list[int]:
        """The sequence numbers of the page: the first stretches, then region by region, until it is full."""
        lately = await self._among_these(self.walk.lately, [], limit) if self.walk.lately else []
        await self.walk.connection.execute(_ONLY_BY_GRAMS)
        stretches = self._numbers(_STRETCH_BITS)
        first, rest = stretches[:_STRETCHES_FIRST], stretches[_STRETCHES_FIRST:]
        found = await self._one_by_one(first, limit)
        regions = list(dict.fromkeys(number >> _SHIFT for number in rest))
        for group in _groups(regions, 3):
            if len(found) < limit:
                found += await self._in_regions(group, first, rest, limit - len(found))
        await self.walk.connection.execute(_AS_USUAL)
        # What was looked through in the log may have become searchable by its words meanwhile.
        return sorted({*lately, *found}, reverse=self.walk.order == "newest")[:limit]

    async def _in_regions(self, regions: list[int], first: list[int], rest: list[int], limit: int) -> list[int]:
        """The first events of some regions, without those of the stretches that were looked through first."""
        candidates = await self._candidates(regions)
        found: list[int] = []
        sparse: list[int] = []
        for region in regions:
            if len(candidates[region]) < _DENSE:
                sparse += candidates[region]
                continue
            if sparse and len(found) < limit:  # these come before the dense region
                found += await self._among_these(sparse, first, limit - len(found))
            sparse = []
            if len(found) < limit:
                inside = [number for number in rest if number >> _SHIFT == region]
                found += await self._one_by_one(inside, limit - len(found))
        if sparse and len(found) < limit:
            found += await self._among_these(sparse, first, limit - len(found))
        return found

    async def _one_by_one(self, stretches: list[int], limit: int) -> list[int]:
        """One stretch, another two, four, …, for as long as the page has room."""
        found: list[int] = []
        for group in _groups(stretches, 2):
            if len(found) < limit:
                found += await self._among(group, limit - len(found))
        return found

    def _numbers(self, bits: int) -> list[int]:
        """The stretches or regions between the bounds, in the order of the pages."""
        low, high = self.walk.bounds
        numbers = range(low >> bits, (high >> bits) + 1)
        return list(reversed(numbers)) if self.walk.order == "newest" else list(numbers)

    async def _among(self, stretches: list[int], limit: int) -> list[int]:
        """The first events of all these stretches."""
        found = self.walk.conditions(limit, {"text"}, seq=_SEQ)
        words, numbers = found.parameter(self.text), found.parameter(stretches)
        grams = f"es.text_grams(2 * b.number, {words}, '{{2}}')"
        # The other conditions are looked at in the order of the page and no further than it goes.
        direction = self.walk.direction
        query = (
            f"SELECT f.seq FROM unnest({numbers}::bigint[]) AS b (number) CROSS JOIN LATERAL ("  # noqa: S608
            f"SELECT e.seq FROM (SELECT {_SEQ_OF_WORDS} AS seq FROM read.words w"
            f" WHERE es.word_grams(w.seq, w.words) @> {grams} AND {_SEQ_OF_WORDS} >> {_STRETCH_BITS} = b.number"
            f" AND {_WORDS_SAY.format(words)} ORDER BY 1 {direction} OFFSET 0) AS w"
            f" JOIN es.event e ON e.seq = w.seq WHERE {found} ORDER BY w.seq {direction} LIMIT $1) AS f"
            f" ORDER BY f.seq {direction} LIMIT $1"
        )
        return await self.walk.fetch(query, found)

    async def _candidates(self, regions: list[int]) -> dict[int, list[int]]:
        """The events of each region that have the text, at most so many as count as dense."""
        found = Conditions([], [_DENSE])
        words, numbers = found.parameter(self.text), found.parameter(regions)
        grams = f"es.text_grams(2 * b.number + 1, {words}, ARRAY[{min(len(self.text), _LONGEST_GRAM)}])"
        query = (
            "SELECT b.number, ARRAY(SELECT w.seq FROM read.words w"  # noqa: S608
            f" WHERE es.word_grams(w.seq, w.words) @> {grams} AND {_WORDS_SAY.format(words)} LIMIT $1) AS seqs"
            f" FROM unnest({numbers}::bigint[]) AS b (number)"
        )
        rows = await self.walk.connection.fetch(query, *found.values)
        return {row["number"]: row["seqs"] for row in rows}

    async def _among_these(self, seqs: Sequence[int], without: Sequence[int], limit: int) -> list[int]:
        """Those of some events with the text that fit the other filters; but none of these stretches."""
        found = self.walk.conditions(limit, {"text"}, seq=_SEQ)
        found.add("e.seq = ANY ({}::bigint[])", list(seqs))
        found.add(f"{_SEQ} >> {_STRETCH_BITS} <> ALL ({{}}::bigint[])", list(without))
        return await self.walk.fetch(self.walk.inner("TRUE", found), found)


def _groups(numbers: list[int], factor: int) -> Iterator[list[int]]:
    """One, then so many times as many as before."""
    start, width = 0, 1
    while start < len(numbers):
        yield numbers[start : start + width]
        start, width = start + width, factor * width
