"""What the gateway adds to commands about acts of supervision: ids from keys, whose they are, and their documents."""

from uuid import UUID

from pydantic import BaseModel

from domain.accountability.values import HandCause
from domain.actor import Role
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import PlanAct
from domain.supervision.rejections import NoSuchAct
from services.gateway.act_bodies import NewAct
from services.gateway.act_commands import ActCommand
from services.gateway.act_scope import act_scope_of
from services.gateway.begun_by_hand import check_bounds
from services.gateway.campaign_designations import handle_unless
from services.gateway.dependencies import Asked
from services.gateway.named_persons import check_persons
from services.gateway.wiring import Gateway
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.act_queries import ActQueries
from services.store.reach import Reach
from services.store.records import StoredState


async def plan_by_hand(parts: Gateway, asked: Asked, rules: Rulebook, body: NewAct) -> Receipt:
    """Have an act issued; under the same key it is always the same one."""
    act_id = ACT.stream(f"by hand\n{asked.command_id}")
    given = {name: getattr(body, name) for name in NewAct.model_fields if name != "reason"}
    command = PlanAct(**asked.fields, act_id=act_id, cause=HandCause(reason=body.reason), **given)
    wish = Wish(ACT, act_id, command, new=True, expected_version=asked.expected_version)
    return await handle_unless(parts, wish, lambda: _check(asked, rules, body))


async def carry_out(
    parts: Gateway, queries: ActQueries, asked: Asked, rules: Rulebook, act_id: UUID, kind: ActCommand, body: BaseModel
) -> Receipt:
    """Carry out one of the offered commands about an act the caller can see."""
    command = kind.command.model_validate({**asked.fields, **dict(body)})
    completed = ActCompletion(parts.desk).of(command)
    wish = Wish(ACT, act_id, command, expected_version=asked.expected_version, completed=completed)
    stored = await queries.one(act_id, act_scope_of(asked.caller, rules))
    unknown = await check_persons(parts, command)

    def check() -> None:
        _exists(stored)
        if unknown is not None and command.actor.role in kind.allowed[kind.command]:
            raise unknown

    return await handle_unless(parts, wish, check)


async def act_seen(queries: ActQueries, act_id: UUID, scope: Reach) -> StoredState:
    """The act; raises NoSuchAct where there is none within the scope."""
    return _exists(await queries.one(act_id, scope))


def _exists(stored: StoredState | None) -> StoredState:
    if stored is None:
        raise NoSuchAct
    return stored


def _check(asked: Asked, rules: Rulebook, body: NewAct) -> None:
    """Only the office asks by hand, and only within its bounds."""
    if asked.caller.actor.role is not Role.OFFICE:
        raise Forbidden(role=asked.caller.actor.role, command=PlanAct.__name__)
    check_bounds(asked.caller.standing, rules, body.unit, body.area)
