"""What follows from an outcome that is recorded, or from the wish to try once more."""

from typing import assert_never

from domain.actor import Role
from domain.errors import Forbidden, Rejection
from domain.notice import commands as c
from domain.notice import events as e
from domain.notice.state import Notice
from domain.rulebook.rulebook import Rulebook

_RESENDING = frozenset({Role.OFFICE, Role.ADMINISTRATOR})


class NoSuchNotice(Rejection):
    """There is no such message, or it is not yours."""

    code = "no_such_notice"


class NoticeDidNotFail(Rejection):
    """Only what has failed is sent again: the rest has arrived, or is still being tried."""

    code = "notice_did_not_fail"


def decide(command: c.NoticeCommand, state: Notice | None, _rules: Rulebook) -> tuple[e.NoticeEvent, ...]:
    """Turn a command about one message into its event; an outcome that is known already changes nothing."""
    allowed = _RESENDING if isinstance(command, c.AskForResend) else frozenset({Role.SYSTEM})
    if command.actor.role not in allowed:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    match command:
        case c.RecordDelivery() | c.RecordFailure():
            # What arrived in the end has arrived, even if it had been given up.
            known = ("delivered",) if isinstance(command, c.RecordDelivery) else ("delivered", "failed")
            if state is not None and state.status in known:
                return ()
            fields = command.model_dump(exclude={"command_id", "at", "actor"})
            kind = e.NoticeDelivered if isinstance(command, c.RecordDelivery) else e.NoticeFailed
            return (kind(occurred_at=command.at, **fields),)
        case c.AskForResend():
            if state is None:
                raise NoSuchNotice
            if state.status != "failed":
                raise NoticeDidNotFail(status=state.status)
            return (e.ResendAsked(occurred_at=command.at),)
        case _:
            assert_never(command)
