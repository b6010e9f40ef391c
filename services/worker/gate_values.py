"""The figures that gates of campaigns are assessed by: of items, of tasks and letters, of targets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

import asyncpg

from activities.campaign_steps import FiguresBehindError
from domain.campaign.plan import CampaignPlan, Target
from domain.designation.targets import Mark, candidates, measure
from domain.indicator.decisions import formulas
from domain.rulebook.rulebook import Rulebook
from services.handling.rulebooks import RulebookSource
from services.indicators.indicators import open_indicators
from services.store.campaign_queries import CampaignQueries, DesignationMark
from services.store.gate_queries import GateQueries
from services.store.indicator_queries import Extent
from services.worker.outages import outages_named

_OF_OBLIGATIONS = {"tasks_accepted": "task", "letters_signed": "letter"}
_OF_TARGETS = "targets_met"
_LOOKS = 40
_BETWEEN_LOOKS_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class GateValues:
    """Values as of now; figures of items wait for the facts to know everything that had happened when asked."""

    pool: asyncpg.Pool
    rulebooks: RulebookSource

    async def values(
        self, plan: CampaignPlan, phase_id: str, codes: Sequence[str], as_of: datetime
    ) -> Mapping[str, Decimal | None]:
        """The value of each indicator; None: no cases. Raises FiguresBehindError, StoreAwayError."""
        with outages_named():
            rules = await self.rulebooks.current(newest=True)
            found = {code: await self._of_obligations(plan, kind) for code, kind in _OF_OBLIGATIONS.items()}
            if _OF_TARGETS in codes:
                found[_OF_TARGETS] = await self._of_targets(plan, phase_id, as_of, rules)
            of_items = [code for code in codes if code not in found]
            if of_items:
                found |= await self._of_items(plan, of_items, as_of, rules)
        return {code: found[code] for code in codes}

    async def _of_obligations(self, plan: CampaignPlan, kind: str) -> Decimal | None:
        return _share(*await GateQueries(self.pool).kept(plan.campaign_id, kind))

    async def _of_targets(self, plan: CampaignPlan, phase_id: str, as_of: datetime, rules: Rulebook) -> Decimal | None:
        """The targets of the phases up to this one; those that ask for a share of no areas have no cases."""
        marks = await CampaignQueries(self.pool).marks(plan.campaign_id)
        timezone = rules.newest_calendar(plan.calendar_id).timezone
        met = [_met(target, marks, plan, as_of, timezone, rules) for target in _targets(plan, phase_id)]
        known = [each for each in met if each is not None]
        return _share(sum(known), len(known))

    async def _of_items(
        self, plan: CampaignPlan, codes: Sequence[str], as_of: datetime, rules: Rulebook
    ) -> dict[str, Decimal | None]:
        await self._facts_have_caught_up()
        async with open_indicators(self.pool) as indicators:
            extent = Extent(campaign_id=plan.campaign_id)
            evaluation = await indicators.evaluate(formulas(rules, None), extent, as_of, codes)
        return {figure.code: figure.value for figure in evaluation.figures}

    async def _facts_have_caught_up(self) -> None:
        queries = GateQueries(self.pool)
        head = await queries.log_head()
        for _ in range(_LOOKS):
            if await queries.facts_position() >= head:
                return
            await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
        raise FiguresBehindError(f"the facts have not come to position {head}")


def _targets(plan: CampaignPlan, phase_id: str) -> list[Target]:
    phases = [phase.phase_id for phase in plan.phases]
    return [target for phase in plan.phases[: phases.index(phase_id) + 1] for target in phase.targets]


def _met(
    target: Target,
    marks: Sequence[DesignationMark],
    plan: CampaignPlan,
    as_of: datetime,
    timezone: str,
    rules: Rulebook,
) -> bool | None:
    course = [Mark(mark.at, mark.area, mark.granted) for mark in marks if mark.designation == target.designation]
    areas = candidates(target, plan, rules)
    return measure(target, course, areas, since=as_of, at=as_of, timezone=timezone).met


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.000001"), ROUND_HALF_EVEN) if whole else None
