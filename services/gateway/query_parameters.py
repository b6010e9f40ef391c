"""Refuses parameters of a query that a route does not have, and those given twice that count once.

A filter with a slip in its name would otherwise answer with everything, and of two values one would be dropped.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.faults import MOST_FAULTS
from services.gateway.refusals import FieldFault, InputInvalid

_LONGEST_NAME = 100
_SEVERAL = (list, tuple, set, frozenset)
# Probes of other people's monitors may append what they like.
_CHECKED = "/v1/"


def checked(route: BaseRoute) -> BaseRoute:
    """The route, taking the parameters that it has and no others; the one given stays as it is."""
    if not isinstance(route, APIRoute) or not route.path.startswith(_CHECKED):
        return route
    own = copy(route)
    own.app = _Checked(route.app, dict(_parameters(route.dependant)))
    return own


class _Checked:
    """Pure ASGI around one route. ``known``: whether a parameter may be given several times."""

    def __init__(self, app: ASGIApp, known: Mapping[str, bool]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose query is one of this route. Raises InputInvalid."""
        if scope["query_string"]:
            faults = list(self._faults(scope["query_string"]))
            if faults:
                raise InputInvalid(faults=faults[:MOST_FAULTS])
        await self._app(scope, receive, send)

    def _faults(self, query: bytes) -> Iterator[FieldFault]:
        seen: set[str] = set()
        for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            several = self._known.get(name)
            if several is None:
                yield unknown_parameter(name)
            elif name in seen and not several:
                yield _fault(name, "given_twice", "This parameter is given once.")
            seen.add(name)


def unknown_parameter(name: str) -> FieldFault:
    """What to say of a parameter that a route does not have."""
    return _fault(name, "extra_forbidden", "There is no such parameter.")


def _fault(name: str, code: str, english: str) -> FieldFault:
    shown = name[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")
    return FieldFault(pointer=f"/query/{shown}", code=code, english=english, facts={})


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for parameter in dependant.query_params:
        kind: Any = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                yield field.alias or name, _takes_several(field.annotation)
        else:
            yield parameter.alias, _takes_several(kind)
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)


def _takes_several(kind: Any) -> bool:
    return get_origin(kind) in _SEVERAL or any(_takes_several(part) for part in get_args(kind))
