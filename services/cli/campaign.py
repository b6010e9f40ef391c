"""`duban campaign`: begin a campaign from a template, steer it, and see where it stands."""

# As in main.py: what a subcommand does not need is not loaded.
# ruff: noqa: PLC0415

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from services.cli.settings_given import DataDir, settings_given
from services.cli.texts import text

app = typer.Typer(
    name="campaign",
    help=text(
        "创建活动：按模板编制、启动、暂停、恢复、结束、查看。", "Campaigns: plan, start, pause, resume, end, show."
    ),
    short_help=text("创建活动：编制、启动、查看。", "Plan, steer and show campaigns."),
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Function = TypeVar("Function", bound=Callable[..., None])

Campaign = Annotated[str, typer.Argument(help=text("创建活动编号。", "The campaign's id."))]
Reason = Annotated[str, typer.Option("--reason", help=text("原因。", "Why."))]


def offer(zh: str, en: str) -> Callable[[Function], Function]:
    """Register a subcommand with its help."""
    return app.command(help=text(zh, en), short_help=text(zh, en))


@offer("列出随产品提供的模板及其阶段。", "List the templates with their phases.")
def templates() -> None:
    """Show what can be begun from."""
    from services.cli.campaign_work import list_templates

    list_templates()


@offer("按模板编制方案；--dry-run 只检查。", "Plan a campaign from a template; --dry-run only checks.")
def new(
    template: Annotated[str, typer.Option(help=text("模板名，或 YAML 文件。", "A template's name, or a YAML file."))],
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=text(
                "参数，可重复：campaign_id、year、leading_group、office、units=a,b，以及 areas、working_groups、"
                "policies.名称=规则、days.阶段=首日..末日、inspection_day、name、calendar_id、catalogue_id、policy_id。",
                "A parameter; repeat it. Lists are separated by commas, days.PHASE=FIRST..LAST.",
            ),
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=text("不写入。", "Write nothing."))] = False,
    data_dir: DataDir = None,
) -> None:
    """Draw up a plan."""
    from services.cli.campaign_work import plan_campaign

    asyncio.run(plan_campaign(settings_given(data_dir), template, given or [], dry_run=dry_run))


@offer("启动。", "Start it.")
def start(campaign: Campaign, data_dir: DataDir = None) -> None:
    """Let phases open on their days."""
    from domain.campaign.commands import StartCampaign
    from services.cli.campaign_work import steer

    asyncio.run(steer(settings_given(data_dir), campaign, StartCampaign))


@offer("暂停，须说明原因。", "Pause it, for a reason.")
def pause(campaign: Campaign, reason: Reason, data_dir: DataDir = None) -> None:
    """Nothing opens, closes or recurs until it is resumed."""
    from domain.campaign.commands import PauseCampaign
    from services.cli.campaign_work import steer

    asyncio.run(steer(settings_given(data_dir), campaign, PauseCampaign, reason=reason))


@offer("恢复；后面的日程顺延。", "Resume it; what lay ahead moves.")
def resume(campaign: Campaign, reason: Reason, data_dir: DataDir = None) -> None:
    """Go on."""
    from domain.campaign.commands import ResumeCampaign
    from services.cli.campaign_work import steer

    asyncio.run(steer(settings_given(data_dir), campaign, ResumeCampaign, reason=reason))


@offer("结束，不能再恢复。", "End it for good.")
def end(campaign: Campaign, reason: Reason, data_dir: DataDir = None) -> None:
    """Over."""
    from domain.campaign.commands import EndCampaign
    from services.cli.campaign_work import steer

    asyncio.run(steer(settings_given(data_dir), campaign, EndCampaign, reason=reason))


@offer("查看一项创建活动；不给编号则全部列出。", "Show a campaign, or list all of them.")
def show(
    campaign: Annotated[str | None, typer.Argument(help=text("创建活动编号。", "The campaign's id."))] = None,
    data_dir: DataDir = None,
) -> None:
    """Its phases, its targets, and what comes next."""
    from services.cli.campaign_work import show_campaign, show_campaigns

    settings = settings_given(data_dir)
    asyncio.run(show_campaigns(settings) if campaign is None else show_campaign(settings, campaign))
