"""The eventsourcing library with its PostgreSQL recorder: an aggregate for each item, which records the same steps."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.beside.way import LIMIT, STEPS, NotThereError, item_of


class Item(Aggregate):
    """Reported, registered and dispatched at once, as by a policy that leaves nothing to people."""

    @event("Reported")
    def __init__(self, item: UUID, data: dict[str, Any]) -> None:
        self._id = item
        self.data = data
        self.status = "reported"

    @staticmethod
    def create_id(item: UUID, data: dict[str, Any]) -> UUID:  # noqa: ARG004 - the library hands over all there is
        return item

    @event("Registered")
    def register(self, number: str) -> None:
        self.number = number
        self.status = "registered"

    @event("Dispatched")
    def dispatch(self, unit: str, due: datetime) -> None:
        self.unit = unit
        self.due = due
        self.status = "dispatched"

    def move(self, command: str) -> None:
        before, after = STEPS[command]
        if self.status != before:
            raise NotThereError
        self._moved(command, after)

    @event("Moved")
    def _moved(self, command: str, status: str) -> None:
        self.last_command = command
        self.status = status


# As many as connections press upon it; asyncio's own are as few as the processors and four.
_THREADS = 32


class Aggregates:
    """The library waits for the database, so its calls run in threads, as many as there are callers."""

    def __init__(self, dsn: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS)
        address = urlsplit(dsn)
        options = parse_qs(address.query)
        self._environment = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": address.path.removeprefix("/"),
            "POSTGRES_HOST": options["host"][0],
            "POSTGRES_PORT": options["port"][0],
            "POSTGRES_USER": address.netloc.rstrip("@"),
            "POSTGRES_PASSWORD": "none is asked for over the socket",
            "POSTGRES_SCHEMA": "public",
            "POSTGRES_POOL_SIZE": "16",
            "POSTGRES_MAX_OVERFLOW": "0",
        }

    async def open(self) -> None:
        self._application = Application[UUID](env=self._environment)

    async def close(self) -> None:
        self._threads.shutdown()
        self._application.close()

    async def take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._take, reports)

    async def move(self, item: UUID, command: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._move, item, command)

    def rebuild(self, items: Sequence[UUID]) -> int:
        """Fold every item's events again, one after the other, as the library's repository does it."""
        return sum(self._application.repository.get(item).version for item in items)

    @property
    def table(self) -> str:
        """Where the library keeps its events."""
        return getattr(self._application.recorder, "events_table_name")  # noqa: B009 - of PostgreSQL's recorder alone

    def read_one(self, item: UUID) -> int:
        """Read the events of one item."""
        return len(self._application.recorder.select_events(item))

    def read_all(self, at_once: int, wanted: Callable[[bytes], bool]) -> int:
        """Read every event there is in the order of the log, for there is no other way to filter them; count some."""
        found, start = 0, 1
        while page := self._application.recorder.select_notifications(start=start, limit=at_once):
            found += sum(wanted(each.state) for each in page)
            start = page[-1].id + 1
        return found

    def _take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        due, items = datetime.now(UTC) + LIMIT, list[Item]()
        for report in reports:
            item = Item(item_of(report), report["data"])
            item.register(number=report["id"])
            item.dispatch(unit="sanitation", due=due)
            items.append(item)
        self._application.save(*items)

    def _move(self, identity: UUID, command: str) -> str:
        item: Item = self._application.repository.get(identity)
        item.move(command)
        self._application.save(item)
        return item.status
