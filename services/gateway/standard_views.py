"""The standard of a campaign as people need it: its tree, and how far the tasks under each node are."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import Field

from domain.rulebook.standard import Standard, StandardNode
from domain.text import Text
from services.gateway.item_views import View
from services.gateway.refusals import Refusal


class CampaignHasNoStandard(Refusal):
    """The plan of the campaign names no standard."""

    status = 404
    code = "campaign_has_no_standard"


class StandardNodeView(View):
    """A node of the tree with the tasks that name it; withdrawn ones are left out."""

    code: str = Field(examples=["1.2"])
    name: Text
    indicator: str | None = Field(examples=["on_time_closure"])
    at_least: Decimal | None
    at_most: Decimal | None
    weight: Decimal | None
    unit: str | None = Field(description="牵头单位。 The unit that leads on it.", examples=["cleaning"])
    tasks: int = Field(description="分解到此项的任务数。 Tasks that name this very node.", examples=[12])
    accepted: int = Field(description="其中已验收。 Those of them that were accepted.", examples=[9])
    children: tuple["StandardNodeView", ...]


class CampaignStandardView(View):
    """The newest version of the standard a campaign is measured by, and its tasks within the caller's scope."""

    campaign_id: str = Field(examples=["east-2027"])
    ref: str = Field(examples=["city@3"])
    name: Text
    nodes: tuple[StandardNodeView, ...]
    tasks_elsewhere: int = Field(
        description="未对应现行测评体系的任务数。 Tasks that name no node, or one this version no longer has.",
        examples=[0],
    )


def campaign_standard(
    campaign_id: str, standard: Standard, counts: Sequence[tuple[tuple[Any, ...], int]]
) -> CampaignStandardView:
    """Hang counts of tasks by (node, status) into the tree."""
    tasks: Counter[str | None] = Counter()
    accepted: Counter[str | None] = Counter()
    for (code, status), number in counts:
        if status != "withdrawn":
            tasks[code] += number
        if status == "fulfilled":
            accepted[code] += number
    placed = sum(tasks[node.code] for node in standard.all_nodes())
    return CampaignStandardView(
        campaign_id=campaign_id,
        ref=standard.ref,
        name=standard.name,
        nodes=tuple(_node(node, tasks, accepted) for node in standard.nodes),
        tasks_elsewhere=tasks.total() - placed,
    )


def _node(node: StandardNode, tasks: Counter[str | None], accepted: Counter[str | None]) -> StandardNodeView:
    return StandardNodeView(
        **{name: getattr(node, name) for name in StandardNode.model_fields if name != "children"},
        tasks=tasks[node.code],
        accepted=accepted[node.code],
        children=tuple(_node(child, tasks, accepted) for child in node.children),
    )
