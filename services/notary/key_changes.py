"""Leaves an event for every change of the log's keys that none tells of yet: the first key, and work around the CLI."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from domain.access.events import KeyChange, LogKeyChanged
from domain.actor import Actor, Role
from services.access.standing_alone import book_of_its_own
from services.access.trace import Trace
from services.settings import DatabaseNotConfiguredError, Settings
from services.store.log_tree import LogTree
from services.transparency.note import Verifier

NOTARY = Actor(principal="service:notary", role=Role.SYSTEM)

_log = structlog.stdlib.get_logger(__name__)


class KeyChanges:
    """Compares the keys in force with what events tell of them, whenever they are others than before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: frozenset[Verifier] | None = None

    async def tell(self, tree: LogTree, in_force: Sequence[Verifier]) -> None:
        """Write down what changed before anything is signed with it. Raises what the database raises."""
        now = frozenset(in_force)
        if now == self._told:
            return
        changes = untold(await tree.key_changes(), [str(each) for each in in_force])
        if changes:
            await self._write(changes)
        self._told = now

    async def _write(self, changes: Sequence[tuple[KeyChange, str]]) -> None:
        at = datetime.now(UTC)
        events = [
            LogKeyChanged(occurred_at=at, operation="duban notary", change=each, key=key) for each, key in changes
        ]
        try:
            async with book_of_its_own(self._settings) as book:
                await book.write([Trace(NOTARY, None, event) for event in events], at)
        except DatabaseNotConfiguredError:
            # A notary with the sequencer's address alone cannot append; es.log_key still names every key it signs with.
            said = [f"{change} {key}" for change, key in changes]
            await _log.acritical("keys of the log changed without an event: set DUBAN_DATABASE_APP_URL", changes=said)


def untold(changes: Sequence[tuple[str, str]], in_force: Sequence[str]) -> list[tuple[KeyChange, str]]:
    """What events do not tell yet: ``changes`` as they tell them, oldest first, ``in_force`` as vkeys."""
    last = {key_id(key): change for change, key in changes}
    signing = {key_id(vkey): vkey for vkey in in_force}
    created: list[tuple[KeyChange, str]] = [
        ("created", vkey) for each, vkey in signing.items() if last.get(each) != "created"
    ]
    return created + [("retired", each) for each, change in last.items() if change == "created" and each not in signing]


def key_id(key: str) -> str:
    """The id of a key that is named by its vkey or by its id."""
    return key.split("+")[1] if "+" in key else key
