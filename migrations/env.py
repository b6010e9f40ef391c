"""Alembic's entry: runs the revisions on the connection that services.store.migrate hands over."""

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes["connection"]
if not isinstance(connection, Connection):
    raise TypeError("migrations run through `duban migrate`, which hands over a connection")
context.configure(connection=connection, version_table="schema_version", version_table_schema="es")
with context.begin_transaction():
    context.run_migrations()
