"""What happens to accountability cases in recorded histories."""

from datetime import datetime, timedelta
from uuid import UUID

from temporalio.testing import WorkflowEnvironment

from domain.accountability import commands as c
from domain.accountability.rules import Measure
from tests.workflows.accusing import DEPUTY, LEADER, accuse
from tests.workflows.town import HANDLER, OFFICE, Town


async def case_silent(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Neither stated nor appealed, and every other step late: carried out in the end."""
    case = await accuse(place, env)
    await case.pass_until_notified()
    await case.pass_the_deadline()
    await case.pass_the_deadline()
    await case.do(c.RecordFinding, OFFICE, finding="recorded", proposed=Measure.EDUCATION)
    await case.pass_the_deadline()
    await case.do(c.DecideCase, LEADER, measure=Measure.PUBLIC_CRITICISM, reasons="recorded")
    await case.pass_the_deadline()
    await case.pass_the_deadline()
    await case.do(c.CarryOutDecision, OFFICE, account="recorded")
    return case.case_id


async def case_appealed(place: Town, env: WorkflowEnvironment, now: datetime) -> UUID:
    """Stated, appealed, reviewed late, and still to be carried out at the end of the record."""
    case = await accuse(place, env)
    await case.pass_until_notified()
    for command, actor, content in (
        (c.SubmitStatement, HANDLER, {"statement": "recorded"}),
        (c.RecordFinding, OFFICE, {"finding": "recorded", "proposed": Measure.EDUCATION}),
        (c.DecideCase, LEADER, {"measure": Measure.ADMONITION, "reasons": "recorded"}),
        (c.AppealDecision, HANDLER, {"reasons": "recorded"}),
    ):
        await env.sleep(timedelta(minutes=30))
        await case.do(command, actor, **content)
    await case.pass_the_deadline()
    await case.do(c.ReviewDecision, DEPUTY, upheld=True, measure=Measure.EDUCATION, reasons="recorded")
    return case.case_id
