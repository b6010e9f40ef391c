"""A command that the API offers under a path of its own: its names, its body, its roles, for one kind of aggregate."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, create_model

from domain.actor import Role
from domain.decider import Command
from services.messages.catalogue import word


@dataclass(frozen=True)
class OfferedCommand:
    """A command under ``/v1/<nouns>/{id}/<path>``. ``known`` fields the gateway fills in.

    ``refusals`` are the codes beside those that every command may be refused with.
    """

    path: str
    command: type[Command]
    example: Mapping[str, Any] = field(default_factory=dict[str, Any])
    known: frozenset[str] = frozenset()
    refusals: tuple[str, ...] = ()

    allowed: ClassVar[Mapping[type[Command], frozenset[Role]]] = {}

    @property
    def summary(self) -> str:
        """Its name in both languages."""
        name = self.command.__name__
        english = word("command", name, "en")
        return f"{word('command', name, 'zh')} {english[0].upper()}{english[1:]}"

    @property
    def description(self) -> str:
        """What it does, and who may."""
        roles = sorted(self.allowed[self.command])
        zh, en = ("、".join(word("role", role, "zh") for role in roles), ", ".join(roles))
        return f"{self.command.__doc__}\n\n可由以下角色执行：{zh}。 Roles: {en}."

    @cached_property
    def body(self) -> type[BaseModel]:
        """The body: the command's own fields, as strict as the command itself."""
        fields: dict[str, Any] = {
            name: (info.annotation, copy(info))
            for name, info in self.command.model_fields.items()
            if name not in Command.model_fields and name not in self.known
        }
        return create_model(
            f"{self.command.__name__}Body",
            __config__=ConfigDict(extra="forbid", frozen=True),
            __doc__=self.command.__doc__,
            **fields,
        )
