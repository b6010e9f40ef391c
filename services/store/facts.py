"""Writes items' facts into the read tables, a whole item at a time, and compares or replaces all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.indicator.facts import ClockFact, DispatchFact, Interval, ItemFact, ItemFacts, Place

# Comparable with any instant, which PostgreSQL's infinity is as well; but asyncpg reads that as year 9999.
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
_PLACE = tuple(field.name for field in fields(Place))
_FACTS = {"item_fact": ItemFact, "dispatch_fact": DispatchFact, "clock_fact": ClockFact}
TABLES: dict[str, tuple[str, ...]] = {
    table: (*_PLACE, *(field.name for field in fields(kind))) for table, kind in _FACTS.items()
}
Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(facts: Sequence[ItemFacts]) -> Rows:
    """The rows of items by table, in the order of its columns."""
    rows: Rows = {table: [] for table in TABLES}
    for each in facts:
        place = tuple(getattr(each.place, name) for name in _PLACE)
        rows["item_fact"] += _rows(place, each.items)
        rows["dispatch_fact"] += _rows(place, each.dispatches)
        rows["clock_fact"] += _rows(place, each.clocks)
    return rows


async def replace_facts(connection: asyncpg.Connection, item_ids: Sequence[UUID], facts: Sequence[ItemFacts]) -> None:
    """Put the facts of items in place of whatever stands about them, within the caller's transaction."""
    for table in TABLES:
        await connection.execute(f"DELETE FROM read.{table} WHERE item_id = ANY ($1)", list(item_ids))  # noqa: S608
    await copy_rows(connection, rows_of(facts), schema="read")


async def copy_rows(connection: asyncpg.Connection, rows: Rows, *, schema: str) -> None:
    """Append rows to the tables of these names in a schema."""
    for table, content in rows.items():
        await connection.copy_records_to_table(table, records=content, columns=TABLES[table], schema_name=schema)


def _rows(place: tuple[Any, ...], facts: Sequence[ItemFact | DispatchFact | ClockFact]) -> Iterator[tuple[Any, ...]]:
    for fact in facts:
        values = (getattr(fact, field.name) for field in fields(fact))
        yield (*place, *(_value(field.name, value) for field, value in zip(fields(fact), values, strict=True)))


def _value(name: str, value: Any) -> Any:
    if name == "valid_to":
        return value or FOR_EVER
    return [_range(interval) for interval in value] if name == "suspended" else value


def _range(interval: Interval) -> asyncpg.Range[datetime]:
    return asyncpg.Range(interval[0], interval[1], lower_inc=True, upper_inc=False)
