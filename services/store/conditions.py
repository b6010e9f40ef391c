"""Puts a WHERE clause together from constants and numbered parameters, never from what somebody typed."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Conditions:
    """Conditions joined by AND, with their values in the order of their numbers."""

    texts: list[str]
    values: list[Any] = field(default_factory=list[Any])

    def parameter(self, value: Any) -> str:
        """Number a value: ``$1``, then ``$2``, and so on."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, template: str, value: Any) -> None:
        """A condition on a value, which stands for every ``{}``; none where the value is None."""
        if value is not None:
            self.texts.append(template.replace("{}", self.parameter(value)))

    def __str__(self) -> str:
        return " AND ".join(self.texts)
