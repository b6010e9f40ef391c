"""What can be asked about a person."""

from domain.decider import Command, Reason


class ErasePerson(Command):
    """Erase name, telephone number and mail address for good, for a reason that names nobody."""

    person_id: str
    reason: Reason
