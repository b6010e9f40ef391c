"""What `duban campaign` does: through the store, as an administrator, whether or not a gateway runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from domain.actor import Actor, Role
from domain.campaign.commands import PlanCampaign
from domain.campaign.due import next_due
from domain.campaign.rejections import NoSuchCampaign
from domain.campaign.state import CAMPAIGNS, Campaign, Planned, phases_of
from domain.decider import Command
from domain.designation.targets import Mark, candidates, measure, pace_from
from services.campaigns.from_template import plan_from, shipped_template
from services.campaigns.template import Template, read_template, shipped_templates
from services.cli.campaign_parameters import parameters, unusable
from services.cli.servers import servers_running
from services.handling.aggregates import CAMPAIGN
from services.handling.command_handler import Wish
from services.messages.catalogue import Language, word
from services.one_shot import OneShot, one_shot
from services.settings import Settings
from services.store.campaign_queries import CampaignQueries, CampaignScope

_ACTOR = Actor(principal="administrator:cli", role=Role.ADMINISTRATOR)
_MOST_LISTED = 1000


def list_templates() -> None:
    """Every template with its phases and the names of the policies it wants."""
    console = Console()
    for name in shipped_templates():
        file = _template(name).file
        console.print(f"{name}  {file.name.zh} / {file.name.en}", style="bold", markup=False, highlight=False)
        for phase in file.phases:
            kind = f"{word('phase_kind', phase.kind, 'zh')} {phase.name.zh} / {phase.name.en}"
            console.print(f"  {phase.phase_id:20} {kind}  [{phase.policy}]", markup=False, highlight=False)


async def plan_campaign(settings: Settings, template: str, given: list[str], *, dry_run: bool) -> None:
    """Draw a plan up from a template, by name or from a file.

    Raises UnusableDocumentError that names the lines, typer.BadParameter, or a Rejection.
    """
    found, wanted = _template(template), parameters(given)
    async with _store(settings) as parts:
        rules = await parts.rulebooks.current(newest=True)
        try:
            plan = plan_from(found, wanted, rules)
        except ValidationError as error:
            raise unusable(error) from None
        if dry_run:
            CAMPAIGN.decide(PlanCampaign(**_fields(), plan=plan), None, rules)
        else:
            await _send(parts, plan.campaign_id, PlanCampaign(**_fields(), plan=plan))
    console = Console()
    _say_phases(console, Planned(plan=plan, updated_at=datetime.now(UTC)), settings.language)
    said = "检查通过，未写入  checked, nothing written" if dry_run else "已编制  planned"
    console.print(f"{said}: {plan.campaign_id}", markup=False, highlight=False)


async def steer(settings: Settings, campaign_id: str, kind: type[Command], *, reason: str | None = None) -> None:
    """Start, pause, resume or end; raises a Rejection where a rule says no."""
    given = {} if reason is None else {"reason": reason}
    try:
        command = kind.model_validate({**_fields(), **given})
    except ValidationError as error:
        raise unusable(error) from None
    async with _store(settings) as parts:
        await _send(parts, campaign_id, command)
        campaign = await _campaign(parts, campaign_id)
    status = f"{word('status', campaign.status, 'zh')} {campaign.status}"
    Console().print(f"{campaign_id}: {status}", markup=False, highlight=False)


async def show_campaigns(settings: Settings) -> None:
    """One line for each campaign."""
    async with _store(settings) as parts:
        found = await CampaignQueries(parts.pool).page(CampaignScope(), statuses=None, after=None, limit=_MOST_LISTED)
    console, language = Console(), settings.language
    if not found:
        console.print("还没有创建活动  there are no campaigns")
    for stored in found:
        campaign = CAMPAIGNS.validate_json(stored.state)
        status = word("status", campaign.status, language)
        name = getattr(campaign.plan.name, language)
        console.print(f"{campaign.plan.campaign_id}  {status}  {name}", markup=False, highlight=False)


async def show_campaign(settings: Settings, campaign_id: str) -> None:
    """Phases, targets, and what comes next."""
    async with _store(settings) as parts:
        campaign = await _campaign(parts, campaign_id)
        rules = await parts.rulebooks.current(newest=True)
        marks = await CampaignQueries(parts.pool).marks(campaign_id)
    console, language, plan = Console(), settings.language, campaign.plan
    name = f"{getattr(plan.name, language)}  {word('status', campaign.status, language)}"
    console.print(f"{campaign_id}  {name}", style="bold", markup=False, highlight=False)
    _say_phases(console, campaign, language)
    timezone, now = rules.newest_calendar(plan.calendar_id).timezone, datetime.now(UTC)
    for phase in plan.phases:
        since = pace_from(campaign, phase, rules)
        for target in phase.targets:
            course = [
                Mark(each.at, each.area, each.granted) for each in marks if each.designation == target.designation
            ]
            areas = candidates(target, plan, rules)
            measured = measure(target, course, areas, since=since, at=now, timezone=timezone)
            said = f"{getattr(target.name, language)}: {measured.value} / {_dash(measured.goal)}  {target.by}"
            outcome = word("forecast", measured.outcome, language)
            console.print(f"{said}  {outcome}", markup=False, highlight=False)
    _say_next(console, campaign, timezone, language)


def _say_phases(console: Console, campaign: Campaign, language: Language) -> None:
    states = {state.phase_id: state for state in phases_of(campaign)}
    table = Table(box=None, pad_edge=False)
    for heading in ("阶段 phase", "", "首日 first", "末日 last", "规则 policy", "状态 status", "验收 gate"):
        table.add_column(heading)
    for phase in campaign.plan.phases:
        state = states.get(phase.phase_id)
        table.add_row(
            phase.phase_id,
            getattr(phase.name, language),
            str(phase.first_day),
            _dash(phase.last_day),
            phase.policy_id,
            word("phase_status", state.status if state else "waiting", language),
            word("gate", state.gate if state else "pending" if phase.gate else "none", language),
        )
    console.print(table)


def _say_next(console: Console, campaign: Campaign, timezone: str, language: Language) -> None:
    due = next_due(campaign)
    if due is None:
        return
    at = due.at.astimezone(ZoneInfo(timezone))
    said = f"{at:%Y-%m-%d %H:%M}  {word('campaign_due', due.what, language)}  {due.duty_id or due.phase_id}"
    console.print(f"下一步 next: {said}", markup=False, highlight=False)


def _template(source: str) -> Template:
    """A shipped template by its name, or any by its file; raises typer.BadParameter, UnusableDocumentError, OSError."""
    shipped = shipped_template(source)
    if shipped is not None:
        return shipped
    path = Path(source)
    if path.suffix not in (".yaml", ".yml"):
        names = ", ".join(shipped_templates())
        message = f"没有模板 {source!r}；有 / no template {source!r}; there are {names}"
        raise typer.BadParameter(message, param_hint="--template")
    return read_template(path)


def _fields() -> dict[str, Any]:
    return {"command_id": f"cli:{uuid4()}", "at": datetime.now(UTC), "actor": _ACTOR}


def _dash(value: object) -> str:
    return "—" if value is None else str(value)


async def _campaign(parts: OneShot, campaign_id: str) -> Campaign:
    stored = await parts.store.state(CAMPAIGN.stream(campaign_id))
    if stored is None:
        raise NoSuchCampaign(campaign=campaign_id)
    return CAMPAIGNS.validate_json(stored.state)


async def _send(parts: OneShot, campaign_id: str, command: Command) -> None:
    await parts.handler.handle(Wish(CAMPAIGN, CAMPAIGN.stream(campaign_id), command))


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[OneShot]:
    async with servers_running(settings), one_shot(settings) as parts:
        yield parts
