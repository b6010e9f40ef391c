"""How an accountability case begins: after the last rung, after a ranking, or by hand."""

from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.clocks import start
from domain.accountability.grounds import of_cause, together
from domain.accountability.permissions import opens_for
from domain.accountability.values import HandCause, Number
from domain.clock import ClockKind
from domain.item.rejections import CampaignNotInForce
from domain.rulebook.rulebook import Rulebook


class NumberMissingError(RuntimeError):
    """A numbered event without its number: the command was not completed in its transaction. A programming error."""


def decide_opening(command: c.OpenCase, rules: Rulebook) -> tuple[e.CaseOpened]:
    """Open the case. By hand, unit, area and campaign are those of today; what a rung names may be gone by now."""
    opens_for(command.cause, command)
    if isinstance(command.cause, HandCause):
        rules.unit(command.unit)
        if command.area is not None:
            rules.area(command.area)
        if command.campaign_id is not None and command.campaign_id not in rules.campaigns:
            raise CampaignNotInForce(campaign=command.campaign_id)
    regime = rules.regime(command.campaign_id)
    opened = e.CaseOpened(
        occurred_at=command.at,
        case_id=command.case_id,
        number=given(command.number),
        unit=command.unit,
        campaign_id=command.campaign_id,
        area=command.area,
        title=command.title,
        cause=command.cause,
        grounds=together(of_cause(command.cause), command.grounds),
        policy_version=regime.policy.ref,
        clock=start(ClockKind.NOTIFY, regime, command.at),
    )
    return (opened,)


def given(number: Number | None) -> Number:
    """The number that the command's transaction filled in."""
    if number is None:
        raise NumberMissingError
    return number
