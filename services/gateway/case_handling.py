"""What the gateway adds to commands about accountability cases: ids, scope, grounds that exist, letters."""

from uuid import UUID

from pydantic import BaseModel

from domain.accountability.commands import OpenCase
from domain.accountability.permissions import check_role, opens_for
from domain.accountability.rejections import NoSuchCase
from domain.accountability.values import Grounds, HandCause
from domain.rulebook.rulebook import Rulebook
from services.gateway.begun_by_hand import check_bounds
from services.gateway.campaign_designations import handle_unless
from services.gateway.case_commands import CaseCommand, NewCase
from services.gateway.case_scope import case_scope_of, check_grounds
from services.gateway.dependencies import Asked
from services.gateway.named_persons import check_persons
from services.gateway.wiring import Gateway
from services.handling.aggregates import CASE
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.case_queries import CaseQueries
from services.store.reach import Reach
from services.store.records import StoredState


async def open_case(parts: Gateway, queries: CaseQueries, asked: Asked, rules: Rulebook, body: NewCase) -> Receipt:
    """Open a case by hand, against a unit within the caller's scope."""
    case_id, scope = CASE.stream(asked.command_id), case_scope_of(asked.caller, rules)
    command = OpenCase(
        **asked.fields,
        case_id=case_id,
        unit=body.unit,
        campaign_id=body.campaign_id,
        area=body.area,
        title=body.title,
        cause=HandCause(reason=body.reason),
        grounds=body.grounds,
    )
    unknown = await check_grounds(queries, body.grounds, scope)
    wish = Wish(
        CASE,
        case_id,
        command,
        expected_version=asked.expected_version,
        completed=CaseCompletion(parts.desk).of(command),
    )

    def check() -> None:
        opens_for(command.cause, command)
        check_bounds(asked.caller.standing, rules, body.unit, body.area)
        if unknown is not None:
            raise unknown

    return await handle_unless(parts, wish, check)


async def carry_out(
    parts: Gateway,
    queries: CaseQueries,
    asked: Asked,
    rules: Rulebook,
    case_id: UUID,
    kind: CaseCommand,
    body: BaseModel,
) -> Receipt:
    """Carry out one of the offered commands about a case the caller can see."""
    command = kind.command.model_validate({**asked.fields, **dict(body)})
    wish = Wish(
        CASE,
        case_id,
        command,
        expected_version=asked.expected_version,
        completed=CaseCompletion(parts.desk).of(command),
    )
    scope = case_scope_of(asked.caller, rules)
    stored = await queries.one(case_id, scope)
    grounds = getattr(body, "grounds", Grounds())
    unknown = await check_grounds(queries, grounds, scope) or await check_persons(parts, command)

    def check() -> None:
        _exists(stored)
        check_role(command)
        if unknown is not None:
            raise unknown

    return await handle_unless(parts, wish, check)


async def case_seen(queries: CaseQueries, case_id: UUID, scope: Reach) -> StoredState:
    """The case; raises NoSuchCase where there is none within the scope."""
    return _exists(await queries.one(case_id, scope))


def _exists(stored: StoredState | None) -> StoredState:
    if stored is None:
        raise NoSuchCase
    return stored
