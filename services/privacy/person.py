"""A person's own data, in full or masked."""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

Status = Literal["kept", "nothing", "unreadable"]

_LONG_NUMBER = 11
_SHORT_NUMBER = 7


@dataclass(frozen=True, slots=True)
class Person:
    """Personal data under an opaque id.

    ``nothing``: erased, or never given. ``unreadable``: it is there, and the key that opens it is not.
    """

    person_id: UUID
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    status: Status = "kept"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be sealed."""
        return self.name is None and self.phone is None and self.email is None

    def masked(self) -> "Person":
        """The same person for eyes that gave no reason to see more: 王*, 138****0000, l***@example.com."""
        return replace(
            self,
            name=None if self.name is None else masked_name(self.name),
            phone=None if self.phone is None else masked_phone(self.phone),
            email=None if self.email is None else masked_email(self.email),
        )


def masked_name(name: str) -> str:
    """The first character alone, however many follow."""
    return f"{name.strip()[:1]}*"


def masked_phone(phone: str) -> str:
    """The first three and the last four digits of a long number, the last two of a short one, none of any shorter."""
    digits = phone.strip()
    if len(digits) >= _LONG_NUMBER:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= _SHORT_NUMBER else "****"


def masked_email(email: str) -> str:
    """The first character of the mailbox, and where it is."""
    mailbox, _, place = email.strip().partition("@")
    return f"{mailbox[:1]}***@{place}"
