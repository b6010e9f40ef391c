"""What the robots of all chat platforms share: a JSON request, and an answer whose code decides, not its status."""

from collections.abc import Mapping
from typing import Any, cast

import httpx
import orjson

from services.notifier.port import Answer, kept
from services.outgoing.guard import AddressRefusedError

_OK = 200
_TOO_MANY = 429
_SERVER_FAULT = 500
_LONGEST_CODE = 40


async def post(
    client: httpx.AsyncClient, url: str, body: Mapping[str, Any], *, code: tuple[str, ...], limits: frozenset[str]
) -> Answer:
    """Post to a robot. ``code``: fields of the answer that may hold the platform's code; ``limits``: those to wait for.

    Accepted is what HTTP 200 and the code 0 say together; everything else is a failure, or nobody knows.
    """
    try:
        response = await client.post(url, content=orjson.dumps(body), headers={"Content-Type": "application/json"})
    except AddressRefusedError as refused:
        return Answer(accepted=False, code="address_refused", text=refused.reason, about_platform=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return Answer(accepted=False, code="unreachable", text=type(error).__name__, about_platform=True)
    except httpx.InvalidURL:
        return Answer(accepted=False, code="address_refused", text="InvalidURL", about_platform=True)
    except httpx.HTTPError as error:  # what was sent may have been taken
        name = type(error).__name__
        return Answer(accepted=False, code="no_answer", text=name, uncertain=True, about_platform=True)
    return _read(response, code, limits)


def _read(response: httpx.Response, code: tuple[str, ...], limits: frozenset[str]) -> Answer:
    status, body = response.status_code, kept(response.text)
    found = _object(response.content)
    given = next((found[name] for name in code if name in found), None)
    text = str(found.get("errmsg") or found.get("msg") or found.get("StatusMessage") or "")
    if given is None or isinstance(given, bool):
        # Not the platform's answer: a proxy's page, a redirect, or nothing at all.
        return Answer(
            accepted=False,
            code=f"http_{status}" if status != _OK else "unreadable_answer",
            body=body,
            http_status=status,
            uncertain=status == _OK or status >= _SERVER_FAULT,
            rate_limited=status == _TOO_MANY,
            about_platform=True,
        )
    platform = str(given)[:_LONGEST_CODE]
    limited = platform in limits or status == _TOO_MANY
    return Answer(
        accepted=status == _OK and platform == "0",
        code=platform,
        text=kept(text),
        body=body,
        http_status=status,
        rate_limited=limited,
        about_platform=limited or status >= _SERVER_FAULT,
    )


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}
