"""The addresses of one database, one for each role that may use it."""

from dataclasses import dataclass
from typing import Self

from services.embedded.layout import Layout
from services.embedded.postgres import SUPERUSER

DATABASE = "duban"
OWNER = "duban_owner"
APP = "duban_app"
SEQUENCER = "duban_sequencer"
AUDITOR = "duban_auditor"


@dataclass(frozen=True, slots=True)
class DatabaseAddresses:
    """Addresses for asyncpg (`postgresql://…`); the roles themselves are made by the migration."""

    name: str
    superuser: str
    owner: str
    app: str
    sequencer: str
    auditor: str

    @classmethod
    def embedded(cls, layout: Layout, name: str) -> Self:
        """Return the addresses of a database on the embedded server."""
        return cls(
            name=name,
            superuser=layout.dsn(SUPERUSER, name),
            owner=layout.dsn(OWNER, name),
            app=layout.dsn(APP, name),
            sequencer=layout.dsn(SEQUENCER, name),
            auditor=layout.dsn(AUDITOR, name),
        )
