"""How a person is erased: for a reason that names nobody, never while they act, for good once it is answered."""

import re
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from domain.actor import Role
from domain.errors import Forbidden
from domain.person.commands import ErasePerson
from domain.person.decisions import PrincipalStillActive, ReasonNamesPerson
from domain.principal.state import Principal
from services.gateway.dependencies import Asked
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.refusals import UnknownPath
from services.gateway.wiring import Gateway
from services.handling.aggregates import PERSON
from services.handling.command_handler import Alongside, Wish
from services.privacy.person import Person
from services.store.principals import PrincipalStore

_SHORTEST_NAME, _SHORTEST_NUMBER = 2, 6  # anything shorter stands in many a text by chance
_NOT_A_DIGIT = re.compile(r"\D")


async def erase(parts: Gateway, asked: Asked, person_id: UUID, reason: str) -> None:
    """Erase a person; once this returns the key is destroyed.

    Refuses whoever is no administrator of the whole city, unknown people, PrincipalStillActive, ReasonNamesPerson.
    """
    role = asked.caller.standing.role
    if role is not Role.ADMINISTRATOR:
        raise Forbidden(role=role, command=ErasePerson.__name__)
    governs_everywhere(asked.caller)
    found = (await parts.people.find([person_id])).get(person_id)
    if found is None:
        raise UnknownPath
    if names(reason, found):
        raise ReasonNamesPerson

    async def forget(connection: PoolConnectionProxy) -> None:
        await parts.people.erase(connection, person_id)

    command = ErasePerson(**asked.fields, person_id=str(person_id), reason=reason)
    beforehand = _nobody_who_acts(still_in_office(asked.caller), person_id)
    await parts.handler.handle(
        Wish(PERSON, PERSON.stream(str(person_id)), command, beforehand=beforehand, alongside=forget)
    )
    # Killed before this, the next gateway to start does it; asked again under the same key, this one.
    await parts.people.destroy_doomed()


def names(text: str, person: Person) -> bool:
    """Whether a text has the person's name, telephone number or mail address in it, however they are spaced."""
    written = "".join(text.split()).casefold()
    for word in (person.name, person.email):
        sought = "".join((word or "").split()).casefold()
        if len(sought) >= _SHORTEST_NAME and sought in written:
            return True
    number = _NOT_A_DIGIT.sub("", person.phone or "")
    return len(number) >= _SHORTEST_NUMBER and number in _NOT_A_DIGIT.sub("", text)


def _nobody_who_acts(beforehand: Alongside, person_id: UUID) -> Alongside:
    """Look when the command's turn has come, which is that of commands about principals as well."""

    async def look(connection: PoolConnectionProxy) -> None:
        await beforehand(connection)
        record = await PrincipalStore(connection).principal(person_id)
        if record is not None and Principal.model_validate_json(record.state).active:
            raise PrincipalStillActive(principal=str(person_id))

    return look
