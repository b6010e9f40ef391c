"""The same two routes in front of every alternative: FastAPI, uvicorn, one process, as the product's gateway runs."""

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, TypeAdapter

from benchmarks.beside.way import NotThereError, Way


class Report(BaseModel):
    """The same JSON that the gateway gets."""

    id: str
    source: str
    type: str
    data: dict[str, Any]


_REPORTS = TypeAdapter(list[Report])


def app_for(way: Way) -> FastAPI:
    """Reports, single or in a list; commands about one item."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        await way.open()
        yield
        await way.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/reports")
    async def take(request: Request) -> dict[str, int]:  # pyright: ignore[reportUnusedFunction]
        content = orjson.loads(await request.body())
        reports = _REPORTS.validate_python(content if isinstance(content, list) else [content])
        await way.take([report.model_dump() for report in reports])
        return {"taken": len(reports)}

    @app.post("/items/{item}/{command}")
    async def move(item: UUID, command: str) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        try:
            return {"status": await way.move(item, command)}
        except NotThereError as refused:
            raise HTTPException(409) from refused

    return app


def _rows() -> Way:
    from benchmarks.beside.rows import Rows  # noqa: PLC0415 - each process loads its own way alone

    return Rows(os.environ["BARE_DSN"])


def _aggregates() -> Way:
    from benchmarks.beside.aggregates import Aggregates  # noqa: PLC0415

    return Aggregates(os.environ["BARE_DSN"])


def _held_items() -> Way:
    from benchmarks.beside.held_items import HeldItems  # noqa: PLC0415

    return HeldItems(os.environ["BARE_TEMPORAL"])


def _durable_items() -> Way:
    from benchmarks.beside.durable_items import DurableItems  # noqa: PLC0415

    return DurableItems(os.environ["BARE_DSN"], os.environ["BARE_DBOS"])


WAYS: Mapping[str, Callable[[], Way]] = {
    "asyncpg": _rows,
    "eventsourcing": _aggregates,
    "temporal": _held_items,
    "dbos": _durable_items,
}

if __name__ == "__main__":
    uvicorn.run(
        app_for(WAYS[os.environ["BARE_WAY"]]()),
        port=int(os.environ["BARE_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
