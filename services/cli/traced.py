"""Writes down in the access log what is done from the command line: before it begins, and how it ended."""

import getpass
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.access.events import (
    AccessEvent,
    Administered,
    AdministrationBegun,
    AdministrationFailed,
    Exported,
    KeyChange,
    LogKeyChanged,
)
from domain.actor import Actor, Role
from services.access.book import AccessBook
from services.access.standing_alone import book_of_its_own
from services.access.trace import Trace
from services.settings import Settings

# The command line has no sign-in of its own: whoever can run it owns the machine, and the address says which account.
OPERATOR = Actor(principal="service:command-line", role=Role.ADMINISTRATOR)


@dataclass(frozen=True)
class CommandTrail:
    """What one command of the command line leaves behind. Each method returns once it is on disk."""

    book: AccessBook
    operation: str

    async def begins(self, *arguments: str) -> None:
        """It is about to run."""
        await self._write(
            AdministrationBegun(occurred_at=_now(), operation=self.operation, arguments=_printable(arguments))
        )

    async def ended(self) -> None:
        """It ran to its end."""
        await self._write(Administered(occurred_at=_now(), operation=self.operation))

    async def failed(self, error: str) -> None:
        """It failed with an error of this kind."""
        await self._write(AdministrationFailed(occurred_at=_now(), operation=self.operation, error=error))

    async def exports(self, content: str, what: str) -> None:
        """It is about to give something out."""
        event = Exported(occurred_at=_now(), operation=self.operation, content=content, object=_printable((what,))[0])
        await self._write(event)

    async def log_key_changed(self, change: KeyChange, key: str) -> None:
        """A key that signs the log came into force, or signs no more."""
        await self._write(LogKeyChanged(occurred_at=_now(), operation=self.operation, change=change, key=key))

    async def _write(self, event: AccessEvent) -> None:
        await self.book.write([Trace(OPERATOR, account(), event)], _now())


@asynccontextmanager
async def trail_of(settings: Settings, command: str) -> AsyncGenerator[CommandTrail]:
    """The trail of a command, over connections of its own; the database's servers must run."""
    async with book_of_its_own(settings) as book:
        yield CommandTrail(book, f"duban {command}")


@asynccontextmanager
async def traced(settings: Settings, command: str, *arguments: str) -> AsyncGenerator[CommandTrail]:
    """Write down that a command runs, before it does anything, and how it ended. What cannot be written is not run."""
    async with trail_of(settings, command) as trail:
        await trail.begins(*arguments)
        try:
            yield trail
        except BaseException as error:
            with suppress(Exception):  # what went wrong first is what is to be told
                await trail.failed(type(error).__name__)
            raise
        await trail.ended()


def account() -> str:
    """Who is at which machine, as far as the operating system knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _now() -> datetime:
    return datetime.now(UTC)


def _printable(texts: tuple[str, ...]) -> tuple[str, ...]:
    kept = ("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text) for text in texts)
    return tuple(text[:300] for text in kept if text.strip())
