"""What happens to acts of supervision in recorded histories."""

from datetime import datetime, timedelta
from uuid import UUID

from temporalio.testing import WorkflowEnvironment

from domain.ladder import Rung
from domain.supervision import commands as c
from tests.workflows.issuing import asked, at_work
from tests.workflows.town import OFFICE, Town


async def act_reminded(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Issued as the next working day begins."""
    await at_work(env, place)
    act = await asked(place, env, Rung.REMIND)
    await act.pass_until((await act.state()).file.planned.issue_at)
    return act.act_id


async def act_summoned(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Issued at once, recorded late."""
    await at_work(env, place)
    act = await asked(place, env, Rung.SUMMON)
    await env.sleep(timedelta(days=20))
    await act.do(
        c.RecordInterview,
        OFFICE,
        held_at=await env.get_current_time(),
        interviewer="recorded",
        interviewed=("recorded",),
        account="recorded",
        undertaking="recorded",
    )
    return act.act_id


async def act_withdrawn(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Withdrawn by the office before it was issued."""
    await at_work(env, place)
    act = await asked(place, env, Rung.REMIND)
    await env.sleep(timedelta(minutes=30))
    await act.do(c.WithdrawAct, OFFICE, reason="recorded")
    return act.act_id
