"""What the workflow reports back to a campaign: values of a gate's indicators, what was set going elsewhere.

It may report twice, and after somebody acted: then nothing is left to do.
"""

from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign.plan import Condition
from domain.campaign.rejections import IndicatorMissing, UnknownDutyOccurrence
from domain.campaign.state import Campaign, Ended, Paused, Planned, Running
from domain.campaign.steering import phase_named

Events = tuple[e.CampaignEvent, ...]


def assess(command: c.RecordGateAssessment, state: Campaign) -> Events:
    """Compare the values with the gate's conditions."""
    if not isinstance(state, Running):
        return ()
    phase = phase_named(state, command.phase_id)
    gate = state.plan.phase(command.phase_id).gate
    if gate is None or phase.status != "open" or phase.gate != "pending":
        return ()
    if phase.assess_at is None or command.at < phase.assess_at:
        return ()  # extended or moved by a pause, after the values were asked for
    results = tuple(_result(condition, command) for condition in gate.conditions)
    assessed = e.GateAssessed(
        occurred_at=command.at,
        phase_id=command.phase_id,
        as_of=command.as_of,
        passed=all(result.holds for result in results),
        results=results,
    )
    return (assessed,)


def record_obligations(command: c.RecordDutyObligations, state: Campaign) -> Events:
    """Note that the obligations of an occurrence exist."""
    if isinstance(state, Planned):
        raise UnknownDutyOccurrence(duty=command.duty_id)
    if isinstance(state, Ended):
        return ()
    running = state.running if isinstance(state, Paused) else state
    if not any((duty.duty_id, duty.occurrence) == (command.duty_id, command.occurrence) for duty in running.to_open):
        if any(duty.duty_id == command.duty_id for phase in running.plan.phases for duty in phase.duties):
            return ()  # recorded already
        raise UnknownDutyOccurrence(duty=command.duty_id)
    opened = e.DutyObligationsOpened(
        occurred_at=command.at, duty_id=command.duty_id, occurrence=command.occurrence, count=command.count
    )
    return (opened,)


def record_recomputation(command: c.RecordRecomputation, state: Campaign) -> Events:
    """Note that a bulk operation is at the open items."""
    running = state.running if isinstance(state, Paused) else state
    if not isinstance(running, Running) or command.phase_id not in running.to_recompute:
        return ()
    started = e.RecomputationStarted(
        occurred_at=command.at, phase_id=command.phase_id, operation_id=command.operation_id
    )
    return (started,)


def _result(condition: Condition, command: c.RecordGateAssessment) -> e.ConditionResult:
    if condition.indicator not in command.values:
        raise IndicatorMissing(phase=command.phase_id, indicator=condition.indicator)
    value = command.values[condition.indicator]
    return e.ConditionResult(
        indicator=condition.indicator,
        value=value,
        at_least=condition.at_least,
        at_most=condition.at_most,
        holds=condition.holds(value),
    )
