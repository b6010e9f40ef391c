"""What routes ask for, as annotated types: the caller, the clock, the keys, the parts of the gateway."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request

from domain.decider import Reason
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller, caller_of
from services.gateway.problems import language_of
from services.gateway.refusals import IdempotencyKeyMalformed, IdempotencyKeyMissing, IfMatchMalformed
from services.gateway.scope import scope_of
from services.gateway.wiring import Gateway
from services.messages.catalogue import Language
from services.store.item_queries import Scope

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_ETAG = re.compile(r'"?([1-9][0-9]{0,17})"?')

# All of these are coroutines, although few of them wait: FastAPI runs plain functions in a thread.


async def _parts(request: Request) -> Gateway:
    return request.app.state.gateway


Parts = Annotated[Gateway, Depends(_parts)]


async def _caller(request: Request, parts: Parts) -> Caller:
    principal = await parts.authenticator.principal(request.headers.get("authorization"))
    caller = caller_of(principal, await parts.rulebooks.current())
    request.state.caller = caller  # for the access log, should the request be refused
    return caller


CurrentPrincipal = Annotated[Caller, Depends(_caller)]


async def identify(request: Request) -> tuple[Gateway, Caller]:
    """Parts and CurrentPrincipal for the one hot route: solving dependencies costs more than reading an event."""
    parts = await _parts(request)
    return parts, await _caller(request, parts)


async def _now(parts: Parts) -> datetime:
    return parts.now()


Now = Annotated[datetime, Depends(_now)]


async def _rules(parts: Parts) -> Rulebook:
    return await parts.rulebooks.current()


CurrentRulebook = Annotated[Rulebook, Depends(_rules)]


async def _scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> Scope:
    return scope_of(caller, rules)


CurrentScope = Annotated[Scope, Depends(_scope)]


async def _language(request: Request) -> Language:
    return language_of(request.headers)


AskedLanguage = Annotated[Language, Depends(_language)]


async def _idempotency_key(
    request: Request,
    caller: CurrentPrincipal,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="必填。重试时使用同一个值，操作只执行一次。 Required; the same value again does nothing twice.",
            examples=["5f0c1c9e-8a37-4a43-9a0c-2f1d2b7c9e11"],
        ),
    ] = None,
) -> str:
    """The key under which a command is remembered: the client's own, made unique by the principal."""
    if key is None:
        raise IdempotencyKeyMissing
    if not _KEY.fullmatch(key) or len(request.headers.getlist("Idempotency-Key")) > 1:
        raise IdempotencyKeyMalformed
    return f"{caller.principal_id}:{key}"


IdempotencyKey = Annotated[str, Depends(_idempotency_key)]


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="可选。只在版本未变时执行。 Optional: only if the version is still this one.",
            examples=['"3"'],
        ),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise IfMatchMalformed
    return int(found[1])


IfMatch = Annotated[int | None, Depends(_if_match)]


# Only with one are personal data shown in full; it stands in the access log.
ReadingReason = Annotated[
    Reason | None,
    Query(
        description="查看完整个人信息的理由，记入访问日志；不填则脱敏。 Why personal data are needed in full; it is"
        " recorded. Without it they are masked.",
        examples=["回访核实办理结果"],
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """One command as it was asked: by whom, when, under which key, about which version."""

    caller: Caller
    command_id: str
    at: datetime
    expected_version: int | None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields every command has."""
        return {"command_id": self.command_id, "at": self.at, "actor": self.caller.actor}


async def _asked(caller: CurrentPrincipal, key: IdempotencyKey, parts: Parts, expected_version: IfMatch) -> Asked:
    return Asked(caller, key, parts.now(), expected_version)


CommandAsked = Annotated[Asked, Depends(_asked)]
