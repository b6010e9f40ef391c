"""Runs a whole SQL file inside the revision's transaction."""

from pathlib import Path

import asyncpg
from alembic import op
from sqlalchemy.engine import AdaptedConnection


def run_script(path: Path) -> None:
    """Run every statement of the file; functions and comments in it stay as they are written."""
    script = path.read_text(encoding="utf-8")

    async def run(connection: asyncpg.Connection) -> None:
        await connection.execute(script)

    # asyncpg takes several statements at once only through its own execute, below SQLAlchemy's cursor.
    driver = op.get_bind().connection.dbapi_connection
    if not isinstance(driver, AdaptedConnection):
        raise TypeError("migrations run on asyncpg alone")
    driver.run_async(run)
