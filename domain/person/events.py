"""What can happen to a person that events may tell: no name, no telephone number, the id is opaque."""

from typing import Literal

from domain.decider import Event


class PersonErased(Event):
    """Name, telephone number and mail address were erased for good. Without a reason: before one was asked for."""

    type: Literal["person.erased.v1"] = "person.erased.v1"
    person_id: str
    reason: str | None = None
