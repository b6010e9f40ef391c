"""A client that never gives up on a command, and keeps in the journal what it asked and what it was told."""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from services.demo.client import Client, Line, RefusedError
from services.demo.client import Journal as Refusals
from services.handling.receipts import Receipt
from tests.faults.journal import Answered, Asked, Journal, Record, now

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 1.0
_TROUBLE = 400
_KEY = "Idempotency-Key"
# Nobody need try again.
_TOO_LATE = frozenset({"extension_after_deadline", "review_in_past"})
_SECRETS = frozenset({"key", "secret"})


class LoadOverError(Exception):
    """Nobody begins anything any more; what was begun is still waited for."""


class PatienceEndedError(Exception):
    """A command found no definite answer in all the time there was: its outcome is unknown."""


class Rate:
    """So many requests a second for everybody together."""

    def __init__(self, a_second: float) -> None:
        self._between = 1.0 / a_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        clock = asyncio.get_running_loop().time
        self._next = max(self._next, clock()) + self._between
        await asyncio.sleep(self._next - self._between - clock())


@dataclass(frozen=True, slots=True)
class Post:
    """What all messengers of a run share: the way to the gateways, the journal, the rate, and when it is over.

    ``again_share``: how many of the commands that were carried out are sent once more.
    ``over``: nothing new is begun; ``gone``: what was begun is given up.
    """

    http: httpx.AsyncClient
    gateways: Sequence[str]
    journal: Journal
    rate: Rate
    chance: random.Random
    over: Callable[[], bool]
    gone: Callable[[], bool]
    again_share: float = 0.04
    numbers: Iterator[int] = field(default_factory=itertools.count)


class Messenger(Client):
    """One principal, at whichever gateway answers; every command under a key of its own until it is answered."""

    def __init__(self, post: Post, name: str, key: str) -> None:
        super().__init__(post.http, key, Refusals())
        self.letters = post
        self.name = name

    async def command(self, item: Line, name: str, body: Mapping[str, Any] | None = None) -> bool:
        """Give a command about an item as it was seen; says whether that is over and done with."""
        try:
            await self.post(f"/v1/items/{item.id}/{name}", dict(body or {}), name)
        except RefusedError as refused:
            return refused.code in _TOO_LATE
        return True

    async def post(self, path: str, body: Mapping[str, Any], key: str) -> Receipt:
        """Send a command until it is answered, now and then once more; raises RefusedError."""
        answer = await self.send("POST", path, json=body, headers={_KEY: key})
        return Receipt.model_validate_json(answer.content)

    def keep(self, record: Record) -> None:
        """Note something that this client knows."""
        self.letters.journal.note(record)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send until there is a definite answer; raises RefusedError, LoadOverError and PatienceEndedError."""
        if self.letters.over():
            raise LoadOverError
        headers = {"Authorization": f"Bearer {self._key}", **options.pop("headers", {})}
        key = f"look-{next(self.letters.numbers)}"
        if method == "POST":
            # A wish of its own every time: what is asked again later is another wish.
            key = f"{headers.get(_KEY, 'sent')[:40]}-{next(self.letters.numbers)}"
            if _KEY in headers:
                headers[_KEY] = key
        asking = _Asking(self, method, path, key, headers, options)
        answer = await asking.until_answered()
        if answer.status_code >= _TROUBLE:
            raise RefusedError(answer.status_code, code_of(answer) or "no_code")
        if method == "POST" and self.letters.chance.random() < self.letters.again_share:
            # A sender that did not hear the answer; that the same comes back is for the judge to see.
            await asking.until_answered()
        return answer


@dataclass(slots=True)
class _Asking:
    """One wish with all its attempts."""

    messenger: Messenger
    method: str
    path: str
    key: str
    headers: Mapping[str, str]
    options: Mapping[str, Any]
    attempt: int = 0

    async def until_answered(self) -> httpx.Response:
        post, pause = self.messenger.letters, _PAUSE_SECONDS
        while True:
            await post.rate.turn()
            answer = await self._once()
            if answer is not None and answer.status_code not in _TRY_AGAIN:
                return answer
            if post.gone():
                raise PatienceEndedError
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.5)

    async def _once(self) -> httpx.Response | None:
        """One attempt, at any gateway; None where there was no answer."""
        post, messenger = self.messenger.letters, self.messenger
        self.attempt += 1
        gateway = post.chance.choice(post.gateways)
        command = self.method != "GET"
        if command:
            asked = Asked(now(), messenger.name, self.key, self.method, self.path, self._body(), self.attempt, gateway)
            post.journal.note(asked)
        answer, error = None, None
        try:
            answer = await post.http.request(
                self.method, gateway + self.path, headers=dict(self.headers), **self.options
            )
        except httpx.TransportError as trouble:
            error = type(trouble).__name__
        if command or answer is None or answer.status_code in _TRY_AGAIN:
            post.journal.note(
                Answered(
                    now(),
                    messenger.name,
                    self.key,
                    self.attempt,
                    answer.status_code if answer is not None else None,
                    code_of(answer) if answer is not None else None,
                    answer.headers.get("etag") if answer is not None else None,
                    told(answer) if answer is not None and command else None,
                    error,
                )
            )
        return answer

    def _body(self) -> Any:
        """What was asked, as JSON; of a binary event with its attributes beside the data."""
        if "json" in self.options:
            return self.options["json"]
        try:
            content = orjson.loads(self.options.get("content", b"null"))
        except orjson.JSONDecodeError:
            content = None  # spoilt on purpose
        attributes = {name[3:]: value for name, value in self.headers.items() if name.startswith("ce-")}
        return {**attributes, "data": content} if attributes else content


def told(answer: httpx.Response) -> Any:
    """The answer's JSON; its text where it is none. Keys and secrets are nobody's business."""
    try:
        found: Any = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return answer.text[:200]
    return (
        {name: "…" if name in _SECRETS else each for name, each in found.items()} if isinstance(found, dict) else found
    )  # pyright: ignore[reportUnknownVariableType]


def code_of(answer: httpx.Response) -> str | None:
    """The code of a refusal; None for everything else."""
    if answer.status_code < _TROUBLE:
        return None
    found = told(answer)
    return found.get("code") if isinstance(found, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
