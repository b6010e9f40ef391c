"""Who may decide for the whole city: nobody who is bound to an area, and nobody who was put out of office meanwhile."""

from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from domain.errors import Forbidden
from domain.principal.state import Principal
from services.gateway.authentication import Caller
from services.gateway.refusals import NotAuthenticated
from services.handling.command_handler import Alongside
from services.store.principals import PrincipalStore


class BoundToArea(Forbidden):
    """Units, areas, documents and principals concern everybody; whoever is bound to an area leaves them alone."""

    code = "bound_to_area"


def governs_everywhere(caller: Caller) -> None:
    """Refuse a caller who sees one area only."""
    if caller.standing.area is not None:
        raise BoundToArea(area=caller.standing.area)


def still_in_office(caller: Caller) -> Alongside:
    """Look once more when the command's turn has come: of two administrators who depose each other, one remains."""

    async def look(connection: PoolConnectionProxy) -> None:
        record = await PrincipalStore(connection).principal(UUID(caller.principal_id))
        if record is None:
            raise NotAuthenticated
        principal = Principal.model_validate_json(record.state)
        if not principal.active or principal.standing != caller.standing:
            raise NotAuthenticated

    return look
