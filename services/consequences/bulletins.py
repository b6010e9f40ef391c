"""What follows from a bulletin: steps of the units at the bottom of its rankings, and the criticisms that it names."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg.pool import PoolConnectionProxy

from domain.accountability.commands import OpenCase
from domain.accountability.rankings import AlreadyAccused, Published, StepTaken, ranking_for, steps_taken
from domain.accountability.rules import RankingRule
from domain.accountability.state import Case
from domain.accountability.values import Cause, Grounds, RankingCause
from domain.bulletin.state import Bulletin, Edition
from domain.indicator.decisions import formulas
from domain.rulebook.rulebook import Rulebook
from domain.supervision.commands import PlanAct, RecordPublication
from domain.supervision.values import ActKind
from services.consequences.titles import title_of
from services.consequences.wishes import SERVICE, act_of_ranking, case_of_ranking, opening, planning, publishing
from services.handling.aggregates import BULLETIN, CASE
from services.handling.command_handler import Wish
from services.store.consequence_queries import ConsequenceQueries
from services.store.records import StoredEvent

BULLETIN_TYPES = ("bulletin.published.v1",)


@dataclass(frozen=True, slots=True)
class _Issue:
    """A bulletin as it was at an instant: its edition of then."""

    entry: StoredEvent
    bulletin: Bulletin
    edition: Edition

    @property
    def at(self) -> datetime:
        return self.entry.occurred_at


async def from_bulletin(queries: ConsequenceQueries, entry: StoredEvent, rules: Rulebook) -> list[Wish]:
    """The acts and cases by the ranking rules of the policy in force, and the publication of criticisms.

    A correction 更正 takes nothing back and adds nothing: people decide what it means for acts and cases.
    """
    bulletin: Bulletin = BULLETIN.evolve(None, BULLETIN.events.validate_json(entry.data))
    issue = _Issue(entry, bulletin, bulletin.newest)
    wishes: list[Wish] = []
    for rule in rules.regime(bulletin.campaign_id).policy.accountability.rankings:
        if rule.bulletin == bulletin.kind:
            for step in await _steps(queries, issue, rule, rules):
                wishes += _step(issue, step, rules)
    return [*wishes, *_publications(issue)]


async def _steps(queries: ConsequenceQueries, issue: _Issue, rule: RankingRule, rules: Rulebook) -> list[StepTaken]:
    content = issue.edition.content
    ranking = ranking_for(rule, content.rankings, formulas(rules, content.formulas))
    if ranking is None:
        return []
    newest = Published(issue.entry.stream_id, issue.bulletin.number, 1, content.period.label, ranking)
    return steps_taken(rule, newest, await _earlier(queries, issue, ranking.ranking_id))


async def _earlier(queries: ConsequenceQueries, issue: _Issue, ranking_id: str) -> list[Published]:
    """The same ranking in the bulletins of the periods before, in the editions that held when this one came out."""
    found: list[tuple[datetime, Published]] = []
    for stored in await queries.bulletins(issue.bulletin.campaign_id, issue.bulletin.kind):
        bulletin = Bulletin.model_validate_json(stored.state)
        editions = [edition for edition in bulletin.editions if edition.published_at <= issue.at]
        if not editions or editions[-1].content.period.starts_at >= issue.edition.content.period.starts_at:
            continue
        edition, content = editions[-1].edition, editions[-1].content
        ranking = next((each for each in content.rankings if each.ranking_id == ranking_id), None)
        if ranking is not None:
            published = Published(stored.stream_id, bulletin.number, edition, content.period.label, ranking)
            found.append((content.period.starts_at, published))
    return [published for _, published in sorted(found, key=lambda each: each[0])]


def _step(issue: _Issue, taken: StepTaken, rules: Rulebook) -> list[Wish]:
    wishes: list[Wish] = []
    if taken.step.act is not None:
        wishes.append(planning(_plan(issue, taken, ActKind(taken.step.act), rules)))
    if taken.step.opens_case:
        wishes.append(opening(_open(issue, taken, rules), unless=_unless_accused))
    return wishes


def _plan(issue: _Issue, taken: StepTaken, kind: ActKind, rules: Rulebook) -> PlanAct:
    act_id = act_of_ranking(issue.entry.stream_id, taken.cause.ranking_id, taken.unit)
    return PlanAct(
        command_id=f"consequence:act:{act_id}",
        at=issue.at,
        actor=SERVICE,
        act_id=act_id,
        kind=kind,
        unit=taken.unit,
        campaign_id=issue.bulletin.campaign_id,
        title=title_of("ranking", kind, {"period": taken.cause.period}, taken.unit, rules),
        cause=taken.cause,
        points=taken.step.points,
        summoned_by=taken.step.by if kind is ActKind.SUMMONS else None,
    )


def _open(issue: _Issue, taken: StepTaken, rules: Rulebook) -> OpenCase:
    case_id = case_of_ranking(issue.entry.stream_id, taken.cause.ranking_id, taken.unit)
    return OpenCase(
        command_id=f"consequence:case:{case_id}",
        at=issue.at,
        actor=SERVICE,
        case_id=case_id,
        unit=taken.unit,
        campaign_id=issue.bulletin.campaign_id,
        title=title_of("ranking", "case", {"period": taken.cause.period}, taken.unit, rules),
        cause=taken.cause,
        grounds=Grounds(bulletins=(*taken.cause.earlier, taken.cause.bulletin)),
    )


async def _unless_accused(connection: PoolConnectionProxy, command: OpenCase | PlanAct) -> None:
    """An earlier place in the same ranking may have led to a case that is not over: it covers this one too."""
    for stored in await ConsequenceQueries(connection).open_cases(command.unit):
        case: Case = CASE.states.validate_json(stored.state)
        opened = case.record.opened
        if opened.campaign_id == command.campaign_id and _ranking_of(opened.cause) == _ranking_of(command.cause):
            raise AlreadyAccused(unit=command.unit, case=opened.number.text)


def _ranking_of(cause: Cause) -> str | None:
    return cause.ranking_id if isinstance(cause, RankingCause) else None


def _publications(issue: _Issue) -> list[Wish]:
    """The criticisms that the bulletin names are published now."""
    return [
        publishing(
            named.act_id,
            RecordPublication(
                command_id=f"consequence:published:{named.act_id}:{issue.entry.stream_id}",
                at=issue.at,
                actor=SERVICE,
                bulletin_id=issue.entry.stream_id,
                bulletin=issue.bulletin.number,
                edition=issue.edition.edition,
            ),
        )
        for named in issue.edition.content.criticisms
    ]
