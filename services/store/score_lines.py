"""Writes score lines into their read table, a whole stream at a time."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import asyncpg

from domain.score.lines import ScoreLine

TABLE = "score_line"
COLUMNS = tuple(field.name for field in fields(ScoreLine))


async def replace_lines(connection: asyncpg.Connection, stream_ids: Sequence[UUID], lines: Sequence[ScoreLine]) -> None:
    """Put the lines of streams in place of whatever stands about them, within the caller's transaction."""
    await connection.execute("DELETE FROM read.score_line WHERE stream_id = ANY ($1)", list(stream_ids))
    await copy_lines(connection, lines, schema="read")


async def copy_lines(connection: asyncpg.Connection, lines: Sequence[ScoreLine], *, schema: str) -> None:
    """Append lines to the table of that name in a schema."""
    rows: list[tuple[Any, ...]] = [tuple(getattr(line, name) for name in COLUMNS) for line in lines]
    if rows:
        await connection.copy_records_to_table(TABLE, records=rows, columns=COLUMNS, schema_name=schema)
