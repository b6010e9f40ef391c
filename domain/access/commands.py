"""What can be asked of the access log: to write down."""

from typing import Annotated

from pydantic import Field

from domain.access.events import AccessEvent
from domain.decider import Command


class RecordAccesses(Command):
    """Write down what one principal did on one day, in the order in which it is to stand."""

    accesses: Annotated[tuple[AccessEvent, ...], Field(min_length=1)]
