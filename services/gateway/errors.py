"""Turns whatever a request fails with into a problem document, and logs what is nobody's fault but ours."""

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from domain.errors import Rejection
from services.access.log import AccessLogBusyError
from services.gateway import refusals
from services.gateway.access import note_refusal
from services.gateway.faults import faults_of
from services.gateway.methods import allowed
from services.gateway.problems import problem_response
from services.handling.command_handler import StillContended
from services.store.person_keys import PeopleKeysError
from services.store.pools import OUTAGES

_LOG = structlog.stdlib.get_logger("duban.gateway")

# Beside a lost connection: one that is refused, a standby, or a schema that is not there yet.
UNAVAILABLE: tuple[type[Exception], ...] = (
    *OUTAGES,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
    StillContended,
    AccessLogBusyError,
    PeopleKeysError,
)


def refusal_of(  # noqa: PLR0911 - one line per kind is the point
    error: Exception,
) -> refusals.Refusal | Rejection:
    """What to tell the client. InternalFault and TemporarilyUnavailable are ours, everything else is theirs."""
    match error:
        case Rejection() | refusals.Refusal():
            return error
        case RequestValidationError():
            return refusals.InputInvalid(faults=faults_of(error.errors()))
        case HTTPException(status_code=404):
            return refusals.UnknownPath()
        case HTTPException(status_code=405):
            return refusals.MethodNotAllowed()
        # Who hangs up in the middle of a request hears nothing of it; to us it is a request that is not whole.
        case HTTPException() | ClientDisconnect():
            return refusals.MalformedRequest()
        # A value that does not fit its column is an InterfaceError too, but a bug.
        case _ if isinstance(error, UNAVAILABLE) and not isinstance(error, ValueError):
            return refusals.TemporarilyUnavailable()
        case _:
            return refusals.InternalFault()


def answer(request: Request, error: Exception) -> Response:
    """The problem document for an error."""
    refusal = refusal_of(error)
    if isinstance(refusal, refusals.MethodNotAllowed):
        refusal.headers["Allow"] = allowed(request)
    match refusal:
        case refusals.InternalFault():
            _LOG.error("request failed", method=request.method, path=request.url.path, exc_info=error)
        case refusals.TemporarilyUnavailable():
            _LOG.warning("database away", method=request.method, path=request.url.path, error=type(error).__name__)
        case _:
            _LOG.info("request refused", method=request.method, path=request.url.path, code=refusal.code)
            note_refusal(request, refusal)
    return problem_response(refusal, request)


async def _handle(request: Request, error: Exception) -> Response:
    return answer(request, error)


def install_error_handlers(app: FastAPI) -> None:
    """Every kind of error gets its problem document."""
    for kind in (Rejection, refusals.Refusal, RequestValidationError, HTTPException, *UNAVAILABLE):
        app.add_exception_handler(kind, _handle)
