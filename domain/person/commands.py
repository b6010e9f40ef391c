"""What can be asked about a person."""

from domain.decider import Command


class ErasePerson(Command):
    """Erase name and telephone number for good."""

    person_id: str
