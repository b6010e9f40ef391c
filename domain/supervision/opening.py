"""How an act begins: planned for the instant at which it is issued, under the policy in force."""

from collections.abc import Mapping

from domain.accountability.values import HandCause, RungCause
from domain.actor import Role
from domain.item.rejections import CampaignNotInForce, DueInThePast
from domain.ladder import USUAL_RECIPIENTS, Recipient, Rung
from domain.rulebook.rulebook import Rulebook
from domain.supervision import commands as c
from domain.supervision import events as e
from domain.supervision.clocks import issue_instant
from domain.supervision.rejections import ActDoesNotFitCause, SummonerOfNoSummons
from domain.supervision.values import ACT_OF_RUNG, ActKind

# Who is told of an act that names nobody: as of the rung that brings it; cards are shown as publicly as a criticism.
_AS_OF_RUNG: Mapping[ActKind, Rung] = {
    **{kind: rung for rung, kind in ACT_OF_RUNG.items()},
    ActKind.YELLOW_CARD: Rung.CRITICISE,
    ActKind.RED_CARD: Rung.CRITICISE,
}


def plan_act(command: c.PlanAct, rules: Rulebook) -> tuple[e.ActPlanned]:
    """Plan the act; unknown units are refused, and what people name by hand must exist."""
    by_hand = isinstance(command.cause, HandCause)
    if command.summoned_by is not None and command.kind is not ActKind.SUMMONS:
        raise SummonerOfNoSummons(act_kind=command.kind)
    _fits_its_cause(command, by_hand=by_hand)
    rules.unit(command.unit)
    regime = rules.regime(command.campaign_id)
    issue_at = issue_instant(command.kind, command.at, regime.calendar, by_hand=by_hand)
    if by_hand:
        _exists(command, rules)
        if command.answer_by is not None and command.answer_by <= issue_at:
            raise DueInThePast(due_at=command.answer_by.isoformat())
    planned = e.ActPlanned(
        occurred_at=command.at,
        act_id=command.act_id,
        kind=command.kind,
        unit=command.unit,
        campaign_id=command.campaign_id,
        area=command.area,
        title=command.title,
        cause=command.cause,
        policy_version=regime.policy.ref,
        recipients=command.recipients or _usual_recipients(command.kind),
        points=command.points,
        summoned_by=command.summoned_by or ("campaign_office" if command.kind is ActKind.SUMMONS else None),
        answer_by=command.answer_by,
        issue_at=issue_at,
    )
    return (planned,)


def _usual_recipients(kind: ActKind) -> tuple[Recipient, ...]:
    return USUAL_RECIPIENTS[_AS_OF_RUNG[kind]]


def _fits_its_cause(command: c.PlanAct, *, by_hand: bool) -> None:
    cause = command.cause
    of_another_rung = isinstance(cause, RungCause) and ACT_OF_RUNG.get(cause.rung) is not command.kind
    if by_hand is not (command.actor.role is Role.OFFICE) or of_another_rung:
        raise ActDoesNotFitCause(act_kind=command.kind, cause=cause.kind)


def _exists(command: c.PlanAct, rules: Rulebook) -> None:
    if command.campaign_id is not None and command.campaign_id not in rules.campaigns:
        raise CampaignNotInForce(campaign=command.campaign_id)
    if command.area is not None:
        rules.area(command.area)
