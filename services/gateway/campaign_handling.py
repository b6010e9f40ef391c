"""What the gateway adds to commands about campaigns: plans from templates, who may see and steer them."""

import hashlib
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from domain.campaign.commands import ChangePlan, PlanCampaign
from domain.campaign.plan import CampaignPlan
from domain.campaign.rejections import NoSuchCampaign
from domain.campaign.state import CAMPAIGNS, Campaign
from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from services.campaigns.from_template import plan_from, shipped_template
from services.gateway.campaign_bodies import ChangedPlan, FromTemplate, NewCampaign
from services.gateway.campaign_commands import CampaignCommand
from services.gateway.campaign_scope import campaign_scope_of, check_reach
from services.gateway.dependencies import Asked
from services.gateway.faults import faults_of
from services.gateway.refusals import FieldFault, InputInvalid, Refusal
from services.gateway.wiring import Gateway
from services.handling.aggregates import CAMPAIGN
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.marked_yaml import UnusableDocumentError
from services.store.campaign_queries import CampaignQueries, CampaignScope
from services.store.records import StoredState

_PLACE = "/from_template"


class NoSuchTemplate(Refusal):
    """No template of this name comes with the product."""

    status = 404
    code = "no_such_template"


class TemplateDoesNotFit(Refusal):
    """The template and what was given for it make no plan; the faults name the lines of the template."""

    status = 422
    code = "template_does_not_fit"


@dataclass(frozen=True, slots=True)
class Seen:
    """A campaign within the caller's scope."""

    stored: StoredState
    campaign: Campaign

    @property
    def plan(self) -> CampaignPlan:
        """Its plan, whatever its status."""
        return self.campaign.plan


async def plan_campaign(parts: Gateway, asked: Asked, body: NewCampaign) -> Receipt:
    """Draw up a campaign. The same body under the same key is the same request, even after a template has changed."""
    rules = await parts.rulebooks.current(newest=True)
    plan = body.plan or _plan_of(body.from_template, rules)
    check_reach(asked.caller, plan, rules, PlanCampaign.__name__)
    wish = Wish(
        CAMPAIGN,
        CAMPAIGN.stream(plan.campaign_id),
        PlanCampaign(**asked.fields, plan=plan),
        expected_version=asked.expected_version,
        request_sha256=hashlib.sha256(f"PlanCampaign {body.model_dump_json()}".encode()).digest(),
    )
    return await _handle(parts, wish)


async def change_plan(
    parts: Gateway, queries: CampaignQueries, asked: Asked, campaign_id: str, body: ChangedPlan
) -> Receipt:
    """Replace the plan before the start."""
    rules = await parts.rulebooks.current(newest=True)
    check_reach(asked.caller, body.plan, rules, ChangePlan.__name__)
    command = ChangePlan(**asked.fields, plan=body.plan, reason=body.reason)
    return await steer(parts, queries, asked, campaign_id, command)


async def carry_out(
    parts: Gateway, queries: CampaignQueries, asked: Asked, campaign_id: str, kind: CampaignCommand, body: BaseModel
) -> Receipt:
    """Carry out one of the offered commands."""
    command = kind.command.model_validate({**asked.fields, **dict(body)})
    return await steer(parts, queries, asked, campaign_id, command)


async def steer(parts: Gateway, queries: CampaignQueries, asked: Asked, campaign_id: str, command: Command) -> Receipt:
    """Carry out a command about a campaign the caller can see and that does not go beyond their area."""
    rules = await parts.rulebooks.current(newest=True)
    wish = Wish(CAMPAIGN, CAMPAIGN.stream(campaign_id), command, expected_version=asked.expected_version)
    try:
        seen = await campaign_seen(queries, campaign_id, campaign_scope_of(asked.caller, rules))
    except NoSuchCampaign:
        answered = await parts.handler.answered_before(wish)
        if answered is None:
            raise
        return answered
    check_reach(asked.caller, seen.plan, rules, type(command).__name__)
    return await _handle(parts, wish)


async def campaign_seen(queries: CampaignQueries, campaign_id: str, scope: CampaignScope) -> Seen:
    """The campaign; raises NoSuchCampaign where there is none within the scope."""
    stored = await queries.one(CAMPAIGN.stream(campaign_id), scope)
    if stored is None:
        raise NoSuchCampaign(campaign=campaign_id)
    return Seen(stored, CAMPAIGNS.validate_json(stored.state))


async def _handle(parts: Gateway, wish: Wish) -> Receipt:
    receipt = await parts.handler.handle(wish)
    await parts.rulebooks.current(newest=True)  # the policy of another phase may be in force now
    return receipt


def _plan_of(asked: FromTemplate | None, rules: Rulebook) -> CampaignPlan:
    template = shipped_template(asked.template) if asked else None
    if asked is None or template is None:
        raise NoSuchTemplate(template=asked.template if asked else "")
    try:
        return plan_from(template, asked, rules)
    except UnusableDocumentError as error:
        faults = [FieldFault(_PLACE, "value_error", str(each), {"error": str(each)}) for each in error.problems]
        raise TemplateDoesNotFit(faults=faults, template=asked.template) from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InputInvalid(
            faults=faults_of([{**each, "loc": ("from_template", *each["loc"])} for each in found])
        ) from None
