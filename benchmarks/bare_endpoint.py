"""What the gateway is measured against: FastAPI and asyncpg with nothing between them, one row a request."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

TABLE = "CREATE TABLE public.bare (id uuid PRIMARY KEY, source text NOT NULL, title text NOT NULL)"


class Report(BaseModel):
    """The same JSON that the gateway gets."""

    id: str
    source: str
    type: str
    data: dict[str, Any]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with asyncpg.create_pool(os.environ["BARE_DSN"], min_size=0, max_size=16) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/rows")
async def insert(report: Report) -> dict[str, str]:
    row_id = uuid4()
    await app.state.pool.execute(
        "INSERT INTO public.bare VALUES ($1, $2, $3)", row_id, report.source, report.data["title"]
    )
    return {"id": str(row_id)}


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["BARE_PORT"]), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
