"""The database schema as an ordered list of Alembic revisions."""
