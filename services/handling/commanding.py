"""Stands around a command: names it in traces, and in whatever is logged meanwhile."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from opentelemetry.trace import StatusCode

from domain.decider import Command
from domain.errors import Rejection
from services.telemetry.ids import COMMAND
from services.telemetry.tracing import span, traceparent, tracer_in_use


@contextmanager
def commanding(command: Command, kind: str, stream_id: UUID) -> Generator[str | None]:
    """Say which trace the command's events belong to; None where nobody traces.

    Logs have the command's id, which stands in the log of events too; spans have none, since clients make it up.
    """
    token = COMMAND.set((command.command_id, stream_id))
    try:
        if tracer_in_use() is None:
            yield None
            return
        stream = str(stream_id)
        with span(f"command {type(command).__name__}", {"duban.stream_id": stream, "duban.kind": kind}) as current:
            try:
                yield traceparent()
            except Rejection as rejection:
                current.set_attribute("duban.refused", rejection.code)
                raise
            except Exception:
                current.set_status(StatusCode.ERROR)
                raise
    finally:
        COMMAND.reset(token)
