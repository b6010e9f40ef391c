"""Rejections: the reasons for which a rule says no, each with a stable code."""

from typing import ClassVar


class Rejection(Exception):  # noqa: N818 - a rejection is a fact of the field, not a fault
    """A rule said no. Final: trying again changes nothing until the state has changed.

    ``facts`` are the values that explain the refusal; they go into the problem document and fill the message.
    """

    code: ClassVar[str] = "rejected"

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class Forbidden(Rejection):
    """The role may not give this command at all, whatever the state."""

    code = "role_not_allowed"


class Invalid(Rejection):
    """The command itself names something that does not exist or cannot be."""

    code = "invalid"
