"""What no client should send, sent to every route: bodies, headers, queries, paths; all of it is refused in words."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from services.gateway.bodies import MOST_BYTES
from tests.fuzzing.callers import KEYS
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.loop_thread import LoopThread

pytestmark = pytest.mark.timeout(900)

SOMETHING = "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"
BODIES: Mapping[str, bytes] = {
    "cut off": b'{"reason": "',
    "not UTF-8": b'{"reason": "\xff\xfe"}',
    "UTF-16": '{"reason": "x"}'.encode("utf-16"),
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "half a pair": b'{"reason": "\\ud800"}',
    "U+0000": b'{"reason": "\\u0000"}',
    "U+0000 as a name": b'{"\\u0000": 1}',
    "a raw control character": b'{"reason": "\x00\x01"}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"reason":' * 20_000,
    "closed deep arrays": b'{"reason":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "nothing": b"null",
    "an array": b"[]",
    "a word": b'"reason"',
    "no number": b'{"reason": NaN, "limit": Infinity}',
    "a huge number": b'{"version": 1' + b"0" * 5000 + b"}",
    "a huge exponent": b'{"version": 1e999999999, "points": -1e-999999999}',
    "a name twice": b'{"reason": "a", "reason": "b"}',
    "a strange name": '{"__proto__": {}, "résumé\U0001f600": 1}'.encode(),
}
HEADERS: tuple[tuple[tuple[str, bytes], ...], ...] = (
    (("Content-Type", b"text/plain"),),
    (("Content-Type", b"application/xml"),),
    (("Content-Type", b"multipart/form-data; boundary="),),
    (("Content-Type", b"application/json; charset=\xff"),),
    (("Content-Type", b"\xe4\xb8\xad"),),
    (("Content-Type", b";;;"),),
    (("Content-Length", b"-1"),),
    (("Idempotency-Key", b""),),
    (("Idempotency-Key", b"a" * 129),),
    (("Idempotency-Key", b"\xe4\xb8\xad"),),
    (("Idempotency-Key", b"a b\tc"),),
    (("If-Match", b'W/"1"'),),
    (("If-Match", b'"-1"'),),
    (("If-Match", b"9" * 400),),
    (("If-Match", b'"1", "2"'),),
    (("Accept-Language", b"zh;q=abc,,;q=,en;q=1e999,*;q=nan," + b"x," * 500),),
    (("X-Forwarded-For", b"\xff, 999.999.999.999, ::::"),),
    (("Authorization", b"Bearer duban_\xff_\xff"),),
    (("Authorization", b"Basic " + b"a" * 5000),),
    (("traceparent", b"00-zz-zz-zz"), ("X-Request-ID", b"\xff" * 300)),
    (("ce-specversion", b"9"), ("ce-type", b"\xff"), ("ce-source", b"%"), ("ce-id", b""), ("ce-time", b"yesterday")),
)
VALUES = (
    "",
    "-1",
    "1e3",
    "9" * 40,
    "\U0001f600\u202e\u00e9",
    "a" * 3000,
    "%",
    "null",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+14:00",
    "2026-02-30T25:61:00Z",
    "00000000-0000-0000-0000-000000000000",
    "' OR 1=1 --",
    "eyJpZCI6MX0",
    "model@99999999999999999999",
    "..",
)
RAW = ("%00", "%FF%FE", "%ED%A0%80", "a%0D%0Ab", "%2F..%2F", "%25", "+")


def operations(city: FuzzedCity) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, there in city.city.app.openapi()["paths"].items():
        for method, operation in there.items():
            yield method.upper(), path, operation


def filled(path: str) -> str:
    return "/".join(SOMETHING if part.startswith("{") else part for part in path.split("/"))


class Asker:
    """Sends one request after the other, each by another caller, and looks at the answers."""

    def __init__(self, city: FuzzedCity) -> None:
        self.city = city
        self.asked = 0
        self.wrong: list[str] = []

    async def send(
        self,
        method: str,
        path: str,
        operation: Mapping[str, Any],
        what: object,
        *,
        body: bytes | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """A request that is refused, or harmless, and in either case answered as it is documented."""
        self.asked += 1
        key = self.city.city.keys[KEYS[self.asked % len(KEYS)]]
        usual = {"Authorization": f"Bearer {key}".encode(), "Idempotency-Key": b"malformed"}
        if body is not None:
            usual["Content-Type"] = b"application/json"
        async with self.city.undone():
            answer = await self.city.client.request(
                method, path, content=body, headers=[*(usual | dict(headers)).items()]
            )
        self._judge(f"{method} {path[:200]} {what!s:.80}", operation, answer)

    def _judge(self, what: str, operation: Mapping[str, Any], answer: httpx.Response) -> None:
        described = operation["responses"].get(str(answer.status_code))
        if described is None and answer.status_code != 404:  # an odd path may be that of nothing
            self.wrong.append(f"{what}: {answer.status_code} is not documented: {answer.text[:200]}")
        elif answer.status_code >= 500:
            self.wrong.append(f"{what}: {answer.status_code}")
        elif answer.is_error and answer.headers["content-type"] != "application/problem+json":
            self.wrong.append(f"{what}: {answer.headers['content-type']}")


@pytest.fixture
def asker(living: LoopThread[FuzzedCity]) -> Asker:
    return Asker(living.opened)


def test_no_body_is_answered_otherwise_than_documented(asker: Asker, living: LoopThread[FuzzedCity]) -> None:
    async def send_all() -> None:
        for method, path, operation in operations(asker.city):
            if "requestBody" in operation:
                for what, body in BODIES.items():
                    await asker.send(method, filled(path), operation, what, body=body)

    living.run(send_all(), None)
    assert asker.wrong == []


def test_a_body_beyond_the_limit_is_refused(asker: Asker, living: LoopThread[FuzzedCity]) -> None:
    async def send_all() -> None:
        for path in ("/v1/items", "/v1/events", "/v1/policies"):
            operation = asker.city.city.app.openapi()["paths"][path]["post"]
            await asker.send("POST", path, operation, "big", body=b'{"a":"' + b"x" * MOST_BYTES + b'"}')

    living.run(send_all(), None)
    assert asker.wrong == []


def test_no_header_is_answered_otherwise_than_documented(asker: Asker, living: LoopThread[FuzzedCity]) -> None:
    async def send_all() -> None:
        for number, (method, path, operation) in enumerate(operations(asker.city)):
            body = b"{}" if "requestBody" in operation else None
            for headers in HEADERS[number % 3 :: 3]:  # every header to every third route
                await asker.send(method, filled(path), operation, headers, body=body, headers=headers)

    living.run(send_all(), None)
    assert asker.wrong == []


def test_no_parameter_is_answered_otherwise_than_documented(asker: Asker, living: LoopThread[FuzzedCity]) -> None:
    async def send_all() -> None:
        number = 0
        for method, path, operation in operations(asker.city):
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "header":
                    continue
                number += 1
                odd = [*map(quote, VALUES[number % 4 :: 4]), *RAW[number % 2 :: 2]]
                for value in odd:
                    asked = f"{filled(path)}?{parameter['name']}={value}"
                    if parameter["in"] == "path":
                        asked = filled(path.replace(f"{{{parameter['name']}}}", value))
                    await asker.send(method, asked, operation, "", body=b"{}" if "requestBody" in operation else None)

    living.run(send_all(), None)
    assert asker.wrong == []
