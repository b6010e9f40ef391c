"""What is under way in this task: the request, the command. Set on every request, so it is a variable and no more."""

from contextvars import ContextVar
from uuid import UUID

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
COMMAND: ContextVar[tuple[str, UUID] | None] = ContextVar("command", default=None)
"""The command's id and the stream it is about."""


def ids_for_logs() -> dict[str, str]:
    """What to say of it in a line of the log."""
    ids: dict[str, str] = {}
    if (request_id := REQUEST_ID.get()) is not None:
        ids["request_id"] = request_id
    if (command := COMMAND.get()) is not None:
        ids["command_id"], ids["stream_id"] = command[0], str(command[1])
    return ids
