"""The access log for routes: what shows personal data, or gives things away, says so here before it answers."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from domain.access.events import Exported, HistoryRead, PersonalDataRead, Refused, SignInFailed, Subject
from domain.actor import Actor
from domain.errors import Rejection
from services.access.client_address import client_address
from services.access.log import AccessLog
from services.access.trace import NOBODY, TalliedTrace, Trace
from services.gateway.authentication import Caller, key_prefix
from services.gateway.dependencies import CurrentPrincipal, Parts
from services.gateway.problems import status_of
from services.gateway.refusals import NotAuthenticated, Refusal, UnknownPath
from services.gateway.wiring import Gateway

_LONGEST = 300
_LOOKING = frozenset({"GET", "HEAD"})


class AccessTrail:
    """What one caller does by one request. Methods return once the access is on disk; only then may the answer go."""

    def __init__(self, log: AccessLog, request: Request, caller: Caller, at: datetime, address: str | None) -> None:
        self._log = log
        self._operation = operation_of(request)
        self._actor: Actor = caller.actor
        self._at = at
        self._address = address

    async def personal_data_read(
        self, subject: Subject, ids: Sequence[str] = (), *, reason: str | None = None, masked: bool = False
    ) -> None:
        """Somebody's data are to be shown: whose, by opaque ids."""
        event = PersonalDataRead(
            occurred_at=self._at,
            operation=self._operation,
            subject=subject,
            ids=tuple(ids),
            reason=reason,
            masked=masked,
        )
        await self._log.written(Trace(self._actor, self._address, event))

    async def exported(self, content: str, what: str | None = None, *, reason: str | None = None) -> None:
        """A file is to be given out, or a stream of rows begins: of which kind, and which."""
        await self._log.written(self._export(content, what, reason))

    async def part_exported(self, content: str) -> None:
        """One of many parts is to be given out: the first within a minute is written before, others are counted."""
        await self._log.written_or_counted(self._export(content, None, None))

    async def history_read(self, question: str, ids: Sequence[str] = (), *, with_data: bool = False) -> None:
        """Somebody's deeds are to be shown: the first time within a minute it is written before, then counted."""
        event = HistoryRead(
            occurred_at=self._at,
            operation=self._operation,
            question=_short(question) or None,
            ids=tuple(ids),
            with_data=with_data,
        )
        await self._log.written_or_counted(TalliedTrace(self._actor, self._address, event))

    def _export(self, content: str, what: str | None, reason: str | None) -> TalliedTrace:
        event = Exported(
            occurred_at=self._at,
            operation=self._operation,
            content=content,
            object=_short(what) if what else None,
            reason=reason,
        )
        return TalliedTrace(self._actor, self._address, event)


async def _trail(request: Request, caller: CurrentPrincipal, parts: Parts) -> AccessTrail:
    return AccessTrail(parts.access, request, caller, parts.now(), address_of(request, parts))


Trail = Annotated[AccessTrail, Depends(_trail)]


def address_of(request: Request, parts: Gateway) -> str | None:
    """The client's address, as far as proxies are trusted."""
    peer = request.client.host if request.client else None
    return client_address(peer, request.headers.getlist("x-forwarded-for"), parts.settings.proxies)


def operation_of(request: Request) -> str:
    """The method with the template of the path: no ids, nothing that a client wrote."""
    route = request.scope.get("route")
    return f"{request.method} {getattr(route, 'path', 'unknown')}"


def note_refusal(request: Request, refusal: Rejection | Refusal) -> None:
    """Write down who was refused, and keys that are not in force. Nobody waits for it, and nothing fails by it."""
    parts: Gateway | None = getattr(request.app.state, "gateway", None)
    if parts is None or request.scope.get("route") is None:
        return
    if isinstance(refusal, NotAuthenticated):
        _note_failed_sign_in(request, parts)
        return
    caller: Caller | None = getattr(request.state, "caller", None)
    # Faults in a request's form are nobody's wish for what they may not have.
    if caller is None or not isinstance(refusal, Rejection | UnknownPath):
        return
    if request.method in _LOOKING and not _keeps_out(refusal):
        return
    event = Refused(
        occurred_at=parts.now(), operation=operation_of(request), code=refusal.code, object=_object_of(request)
    )
    parts.access.note(TalliedTrace(caller.actor, address_of(request, parts), event))


def _short(text: str) -> str:
    """The text, or where it is too long its beginning and what tells it from others that begin alike."""
    if len(text) <= _LONGEST:
        return text
    mark = f"…{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return text[: _LONGEST - len(mark)] + mark


def _note_failed_sign_in(request: Request, parts: Gateway) -> None:
    shown = request.headers.get("authorization")
    if shown is None:
        return  # nobody tried to be anybody
    parts.metrics.sign_in_failed()
    event = SignInFailed(occurred_at=parts.now(), operation=operation_of(request), key_prefix=key_prefix(shown))
    parts.access.note(TalliedTrace(NOBODY, address_of(request, parts), event))


def _keeps_out(refusal: Rejection | Refusal) -> bool:
    """Whether it keeps somebody from what exists: not theirs to see and not there are answered alike."""
    return status_of(type(refusal)) in {403, 404}


def _object_of(request: Request) -> str | None:
    """What was asked for by the path's own parameters, such as the item's id."""
    named = ", ".join(f"{name}={value}" for name, value in request.path_params.items())
    printable = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in named)
    return printable[:_LONGEST].strip() or None
