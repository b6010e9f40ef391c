"""The composition root of the gateway: routes, errors and parts put together, and the server that runs them."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from socket import socket

import uvicorn
from fastapi import FastAPI

from services.gateway.description import DESCRIPTION, TAGS, install_documentation
from services.gateway.edge import Edge, RequestObserver
from services.gateway.errors import install_error_handlers
from services.gateway.methods import HeadAsGet
from services.gateway.query_parameters import checked
from services.gateway.routes import ROUTERS
from services.gateway.wiring import WallClock, open_gateway, wall_clock
from services.privacy.upkeep import looked_after
from services.readiness import announce_ready
from services.settings import Settings
from services.telemetry.process import begin_process

_GRACE_SECONDS = 10
_BACKLOG = 2048
_COLLECT_AFTER = (50_000, 20, 20)


def create_app(settings: Settings, now: WallClock = wall_clock) -> FastAPI:
    """Return the application. It serves at once and answers 503 for as long as PostgreSQL is away."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_gateway(settings, now) as gateway:
            app.state.gateway = gateway
            observers.append(gateway.metrics.request_answered)
            async with looked_after(gateway.people):
                yield
            observers.clear()

    observers: list[RequestObserver] = []
    app = FastAPI(
        title="督办 Duban",
        summary="创建文明城市整改事项的受理、交办、督办与销号。",
        description=DESCRIPTION,
        version=version("duban"),
        openapi_tags=TAGS,
        openapi_url=None,  # as FastAPI serves it, nobody else is answered while it is drawn up
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        # Exception texts would go into spans and logs, and each operation's span costs time on every request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.request_observers = observers
    app.add_middleware(HeadAsGet)
    app.add_middleware(Edge, observers=observers)
    install_error_handlers(app)
    for route in (route for router in ROUTERS for route in router.routes):
        # Flat, where include_router would match every request twice, once in the router and once inside.
        app.router.routes.append(checked(route))
    install_documentation(app)
    return app


class _Server(uvicorn.Server):
    """Says that it is ready once it listens."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # What is loaded by now stays, and a request leaves next to no cycles: collecting as often as by default
            # costs a tenth of every request.
            gc.freeze()
            gc.set_threshold(*_COLLECT_AFTER)
            await asyncio.to_thread(announce_ready, self._settings)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, finishing the requests that are under way."""
    begin_process(settings.model_copy(update={"metrics_port": None}), process="gateway")  # it has /metrics
    config = uvicorn.Config(
        create_app(settings),
        host=settings.gateway_host,
        port=settings.gateway_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom proxies speak for is decided by DUBAN_TRUSTED_PROXIES alone
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    _Server(config, settings).run()
