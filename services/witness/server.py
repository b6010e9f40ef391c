"""The process `duban witness`: serves add-checkpoint, and the public key that its cosignatures are checked with."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.embedded.lock import held
from services.logging import configure_logging
from services.settings import Settings
from services.transparency.keys import KeyFolder
from services.transparency.note import Algorithm, Verifier
from services.transparency.witnessing import ADD_CHECKPOINT
from services.witness.cosigning import PLAIN, Witness
from services.witness.records import Records

# 63 hashes of 45 bytes and a note with a hundred signatures are far smaller.
MOST_BYTES = 64 * 1024
_GRACE_SECONDS = 5

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """Where a witness keeps itself, which logs it knows, and where it listens."""

    folder: Path
    logs: Sequence[Verifier]
    name: str | None = None
    host: str = "127.0.0.1"
    port: int = 8430

    @property
    def keys(self) -> KeyFolder:
        """The folder of its keys."""
        return KeyFolder(self.folder / "keys", Algorithm.COSIGNATURE)


def create_app(place: WitnessPlace) -> FastAPI:
    """The application; makes the witness's key where there is none yet. Raises KeyFolderError."""
    keys = place.keys
    if not keys.signers():
        keys.create(place.name)
    witness = Witness(keys.signers, place.logs, Records(place.folder / "logs"), lambda: int(time.time()))
    app = FastAPI(title="duban witness", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    @app.post(f"/{ADD_CHECKPOINT}")
    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # In a thread, because what is remembered is on the disk before anything is answered.
        answer = await run_in_threadpool(witness.add_checkpoint, body)
        if answer.status is not HTTPStatus.OK:
            await _log.awarning("not cosigned", status=answer.status.value, why=answer.content.strip())
        # As a header: as media type a charset would be added, and the specification's type has none.
        return Response(answer.content, answer.status, {"Content-Type": answer.media_type})

    @app.get("/vkey")
    async def vkey() -> Response:
        return Response("".join(f"{signer.verifier}\n" for signer in keys.signers()), media_type=PLAIN)

    return app


def run(place: WitnessPlace, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; alone on its folder. Raises DataFolderInUseError, KeyFolderError."""
    configure_logging(settings, process="witness")
    with held(place.folder / "lock"):
        app = create_app(place)
        config = uvicorn.Config(
            app,
            host=place.host,
            port=place.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        for signer in place.keys.signers():
            _log.info("witness", vkey=str(signer.verifier), logs=[log.name for log in place.logs])
        uvicorn.Server(config).run()


async def _body(request: Request) -> bytes | None:
    """The body; None where it is longer than any request can be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
