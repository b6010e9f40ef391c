"""What can happen to a person that events may tell: no name, no telephone number, the id is opaque."""

from typing import Literal

from domain.decider import Event


class PersonErased(Event):
    """Name and telephone number were erased for good."""

    type: Literal["person.erased.v1"] = "person.erased.v1"
    person_id: str
