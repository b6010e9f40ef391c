"""What the gateway adds to commands about obligations: ids from their keys, whose they are, and the campaign's days."""

import hashlib
from uuid import UUID

from pydantic import BaseModel

from domain.campaign.rejections import CampaignIsOver
from domain.campaign.state import Ended
from domain.errors import Rejection
from domain.obligation.commands import AssignTask, IssueLetter
from domain.obligation.identity import letter_key, task_key
from domain.obligation.rejections import NoSuchObligation, UnknownStandardNode
from domain.obligation.values import LetterOwed
from domain.rulebook.rulebook import Rulebook
from services.gateway.campaign_designations import handle_unless
from services.gateway.campaign_handling import Seen
from services.gateway.campaign_scope import check_reach, obligation_scope_of
from services.gateway.dependencies import Asked
from services.gateway.obligation_bodies import NewLetters, NewTask
from services.gateway.obligation_commands import ObligationCommand
from services.gateway.refusals import FieldFault, InputInvalid
from services.gateway.wiring import Gateway
from services.handling.aggregates import OBLIGATION
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.obligation_queries import ObligationQueries
from services.store.records import StoredState

_SAID_LATER = FieldFault("/inspection_day", "missing", "The plan has no day of inspection.", {})


async def assign_task(parts: Gateway, asked: Asked, seen: Seen, rules: Rulebook, body: NewTask) -> Receipt:
    """Assign a task of a campaign that is not over; under its id there is one task."""
    inspection_day = body.inspection_day or seen.plan.inspection_day
    if inspection_day is None:
        raise InputInvalid(faults=[_SAID_LATER])
    campaign_id = seen.plan.campaign_id
    stream_id = OBLIGATION.stream(task_key(campaign_id, body.task_id))
    given = {name: getattr(body, name) for name in NewTask.model_fields if name != "inspection_day"}
    command = AssignTask(
        **asked.fields, obligation_id=stream_id, campaign_id=campaign_id, inspection_day=inspection_day, **given
    )
    wish = Wish(OBLIGATION, stream_id, command, expected_version=asked.expected_version)
    # What another process published a moment ago may not stand in these rules yet.
    placed = _stands_in_the_standard(body.standard_node, seen, rules) or _stands_in_the_standard(
        body.standard_node, seen, await parts.rulebooks.current(newest=True)
    )

    def check() -> None:
        _check(asked, seen, rules, AssignTask.__name__)
        if body.standard_node is not None and not placed:
            raise UnknownStandardNode(campaign=campaign_id, node=body.standard_node)

    return await handle_unless(parts, wish, check)


async def issue_letters(
    parts: Gateway, asked: Asked, seen: Seen, rules: Rulebook, body: NewLetters
) -> list[Receipt | Rejection]:
    """Issue a letter to each unit, in one transaction; each succeeds or is refused for itself, in order."""
    campaign_id = seen.plan.campaign_id
    wishes: list[Wish] = []
    for letter in body.letters:
        stream_id = OBLIGATION.stream(letter_key(campaign_id, body.letter_id, letter.unit))
        command = IssueLetter(
            command_id=_key_of(asked, letter.unit),
            at=asked.at,
            actor=asked.caller.actor,
            obligation_id=stream_id,
            campaign_id=campaign_id,
            unit=letter.unit,
            title=body.title,
            owed=LetterOwed(letter_id=body.letter_id, signatory=letter.signatory),
            limit=body.limit,
        )
        wishes.append(Wish(OBLIGATION, stream_id, command, new=True))
    try:
        _check(asked, seen, rules, IssueLetter.__name__)
    except Rejection:
        answered = [await parts.handler.answered_before(wish) for wish in wishes]
        known = [answer for answer in answered if answer is not None]
        if len(known) < len(wishes):
            raise
        return list(known)
    return await parts.handler.handle_batch(wishes)


async def carry_out(
    parts: Gateway,
    queries: ObligationQueries,
    asked: Asked,
    rules: Rulebook,
    obligation_id: UUID,
    kind: ObligationCommand,
    body: BaseModel,
) -> Receipt:
    """Carry out one of the offered commands about an obligation the caller can see."""
    command = kind.command.model_validate({**asked.fields, **dict(body)})
    wish = Wish(OBLIGATION, obligation_id, command, expected_version=asked.expected_version)
    stored = await queries.one(obligation_id, obligation_scope_of(asked.caller, rules))
    return await handle_unless(parts, wish, lambda: _exists(stored))


async def obligation_seen(queries: ObligationQueries, obligation_id: UUID, scope: frozenset[str] | None) -> StoredState:
    """The obligation; raises NoSuchObligation where there is none within the scope."""
    return _exists(await queries.one(obligation_id, scope))


def _exists(stored: StoredState | None) -> StoredState:
    if stored is None:
        raise NoSuchObligation
    return stored


def _check(asked: Asked, seen: Seen, rules: Rulebook, command: str) -> None:
    if isinstance(seen.campaign, Ended):
        raise CampaignIsOver(campaign=seen.plan.campaign_id)
    check_reach(asked.caller, seen.plan, rules, command)


def _stands_in_the_standard(code: str | None, seen: Seen, rules: Rulebook) -> bool:
    """Whether the node a task names exists; asked here, since the decision about a task knows no campaign."""
    if code is None:
        return True
    standard_id = seen.plan.standard_id
    standard = rules.newest_standard(standard_id) if standard_id is not None else None
    return standard is not None and standard.has_node(code)


def _key_of(asked: Asked, unit: str) -> str:
    """A key for each letter of a request, no longer than a key may be."""
    digest = hashlib.sha256(f"{asked.command_id}\n{unit}".encode()).hexdigest()
    return f"{asked.caller.principal_id}:letter:{digest}"
